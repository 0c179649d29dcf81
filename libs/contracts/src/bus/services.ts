/** The services that make up the product, as `libs/service/dist/host.js` takes them; the gateway starts last. */
export const SERVICES = [
  'orchestrator',
  'discovery',
  'analysis',
  'anomaly',
  'budget',
  'execution',
  'reporting',
  'tasks',
  'gateway',
] as const;
export type ServiceName = (typeof SERVICES)[number];
