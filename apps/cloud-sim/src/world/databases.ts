import { isProduction, placeIn, scopeAt, spread } from './company.js';
import type { Place } from './company.js';
import { daysAgo, owned, plant } from './draft.js';
import type { Draft } from './draft.js';
import { exempt } from './images.js';
import { nameIn } from './network.js';
import type { Random } from './random.js';
import type { Database, UsageProfile } from './world.js';

const CLASSES = [
  'db.t4g.large',
  'db.m6g.large',
  'db.m6g.xlarge',
  'db.r6g.large',
  'db.r6g.xlarge',
  'db.r6g.2xlarge',
];
const ENGINES = [
  ['postgres', '16.4'],
  ['mysql', '8.0.39'],
  ['mariadb', '10.11.9'],
] as const;

export function addDatabases(draft: Draft): void {
  const rnd = draft.random.fork('databases');
  const clean = spread(19).map((scope) => addDatabase(draft, rnd, { place: placeIn(rnd, scope) }));
  for (let i = 0; i < 4; i += 1) {
    const database = addDatabase(draft, rnd, { ...IDLE, place: placeIn(rnd, scopeAt(i)) });
    plant(draft, 'RDS-01', database.id, database);
  }
  for (let i = 0; i < 4; i += 1) {
    const place = placeIn(rnd, scopeAt(i + 1));
    const database = addDatabase(draft, rnd, { place, storageType: 'gp2', protect: false });
    plant(draft, 'RDS-03', database.id, database);
  }
  addDatabase(draft, rnd, { ...IDLE, place: placeIn(rnd, scopeAt(0)), replicaOf: clean[0]?.id });
  addDatabase(draft, rnd, { ...IDLE, place: exempt(placeIn(rnd, scopeAt(1))) });
  addDatabase(draft, rnd, { ...IDLE, place: placeIn(rnd, scopeAt(3)), ageDays: 4 });
}

interface DatabaseSpec {
  readonly place: Place;
  readonly connections?: number;
  readonly usage?: UsageProfile;
  readonly storageType?: string;
  readonly protect?: boolean;
  readonly ageDays?: number;
  readonly replicaOf?: string;
}

const IDLE = {
  connections: 0,
  protect: false,
  usage: { base: 0.01, peak: 0.02, daily: false, weekly: false, noise: 0.005, networkPeak: 100 },
} as const;

function addDatabase(draft: Draft, rnd: Random, spec: DatabaseSpec): Database {
  const { place } = spec;
  const production = isProduction(place.scope.accountId);
  const [engine, engineVersion] = rnd.pick(ENGINES);
  const database: Database = {
    ...owned(place.scope, place.tags),
    id: nameIn(place, `db-${draft.databases.size}`),
    dbInstanceClass: rnd.pick(production ? CLASSES.slice(1) : CLASSES.slice(0, 3)),
    engine,
    engineVersion,
    status: 'available',
    multiAz: production && !spec.replicaOf && rnd.chance(0.5),
    storageType: spec.storageType ?? 'gp3',
    allocatedStorage: rnd.pick([100, 200, 300, 500]),
    createTime: daysAgo(draft, rnd, spec.ageDays ?? rnd.whole(120, 600)),
    readReplicaSource: spec.replicaOf,
    deletionProtection: spec.protect ?? production,
    connectionsPeak: spec.connections ?? rnd.whole(40, 400),
    usage: spec.usage ?? busy(rnd),
  };
  draft.databases.set(database.id, database);
  return database;
}

const busy = (rnd: Random): UsageProfile => ({
  base: rnd.between(0.4, 0.45),
  peak: rnd.between(0.62, 0.75),
  daily: true,
  weekly: true,
  noise: 0.03,
  networkPeak: 5e6,
  memory: { base: 0.7, peak: 0.8 },
});
