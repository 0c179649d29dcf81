import { control } from './http/control.js';
import { createDispatcher } from './http/dispatcher.js';
import { Faults } from './http/faults.js';
import { closeServer, listen, urlOf } from './http/server.js';
import { services } from './services/index.js';
import { Simulation } from './simulation.js';
import { generateWorld, metricsOf, writeTruth } from './world/index.js';
import type { World } from './world/index.js';

export interface CloudSimOptions {
  /** 0 = any free port; left out = 4566, or a free one when that is taken. */
  readonly port?: number;
  readonly seed?: number;
  /** The moment the company is generated for (epoch ms); simulated time runs on from here. Default: now. */
  readonly now?: number;
  /** Where to write the planted truth as JSON; nothing is written without it. */
  readonly truthFile?: string;
  /** How long states such as `stopping` last, in ms. */
  readonly transitionMs?: number;
}

export interface CloudSim {
  /** `http://127.0.0.1:<port>`, for `endpoint` or AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly world: World;
  /** Ends what is under way, such as `stopping`, now instead of when its time is over. */
  settle(): void;
  close(): Promise<void>;
}

/**
 * Starts the simulated AWS endpoint on loopback and resolves when it listens.
 * Rejects with EADDRINUSE when a port asked for by number is taken.
 */
export async function startCloudSim(options: CloudSimOptions = {}): Promise<CloudSim> {
  const world = generateWorld({ seed: options.seed ?? 1, now: options.now ?? Date.now() });
  if (options.truthFile) await writeTruth(world, options.truthFile);
  const simulation = new Simulation({
    world,
    metrics: metricsOf(world),
    transitionMs: options.transitionMs ?? 50,
  });
  const faults = new Faults(world.seed);
  const aws = createDispatcher(simulation, services, faults);
  const server = await listen(
    { aws, control: (request) => control(request, simulation, faults) },
    options.port,
  );
  const close = (): Promise<void> => {
    simulation.close();
    return closeServer(server);
  };
  return { url: urlOf(server), world, settle: () => simulation.settle(), close };
}
