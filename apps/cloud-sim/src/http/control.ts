import { parseJson } from '../protocols/json.protocol.js';
import type { WireReply, WireRequest } from '../protocols/protocol.js';
import type { Simulation } from '../simulation.js';
import { iso } from '../simulation.js';
import { companyBudgets } from '../world/index.js';
import type { Faults } from './faults.js';

const kinds = [
  'instances',
  'volumes',
  'snapshots',
  'images',
  'addresses',
  'databases',
  'functions',
  'buckets',
  'loadBalancers',
  'targetGroups',
  'logGroups',
] as const;

type Route = (request: WireRequest, simulation: Simulation, faults: Faults) => unknown;

/** The control API under `/_sim/`: for tests and demos, answered on loopback only. Never shows the planted truth. */
const routes: Readonly<Record<string, Route>> = {
  'GET /_sim/health': (_request, { world, audit }) => ({
    status: 'ok',
    seed: world.seed,
    generatedFor: iso(world.now),
    accounts: world.accounts,
    regions: world.regions,
    resources: Object.fromEntries(kinds.map((kind) => [kind, world[kind].size])),
    changes: audit.length,
  }),
  'GET /_sim/company': (_request, { world }) => ({
    accounts: world.accounts,
    regions: world.regions,
    budgets: companyBudgets(world),
  }),
  'GET /_sim/state': (request, { world }) => state(request, world),
  'GET /_sim/audit': (_request, { audit }) => ({ entries: audit }),
  'GET /_sim/faults': (_request, _simulation, faults) => ({ faults: faults.list() }),
  'POST /_sim/faults': (request, _simulation, faults) => faults.add(parseJson(request.body)),
  'DELETE /_sim/faults': (_request, _simulation, faults) => {
    faults.clear();
    return { faults: [] };
  },
};

export function control(request: WireRequest, simulation: Simulation, faults: Faults): WireReply {
  const route = routes[`${request.method} ${request.path.replace(/\/$/, '')}`];
  if (!route)
    return json(404, { message: `No such control route. Known: ${Object.keys(routes).join(', ')}` });
  try {
    return json(200, route(request, simulation, faults));
  } catch (error) {
    return json(400, { message: error instanceof Error ? error.message : String(error) });
  }
}

function state(request: WireRequest, world: Simulation['world']): unknown {
  const kind = kinds.find((name) => name === request.query.get('kind'));
  if (!kind) throw new TypeError(`kind must be one of ${kinds.join(', ')}`);
  const id = request.query.get('id');
  if (id === null) return { kind, items: [...world[kind].values()] };
  return { kind, id, item: world[kind].get(id) ?? null };
}

function json(status: number, body: unknown): WireReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
