export { startCloudSim } from './cloud-sim.js';
export type { CloudSim, CloudSimOptions } from './cloud-sim.js';
export type { World } from './world/index.js';
