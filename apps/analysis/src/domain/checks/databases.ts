import type { ResourceOf } from '@trimtab/contracts';
import { HOURS_PER_MONTH } from '@trimtab/kernel';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import { complete, highest, metricEvidence, reading } from '../metric-reading.js';
import { added, removed, savingOf } from '../usage.js';

type Database = ResourceOf<'rds:db-instance'>;

/** Database without connections (Trusted Advisor Ti39halfu8, over the whole look-back). */
export const idleDatabase = defineCheck({
  id: 'RDS-01',
  title: 'Stop the idle database',
  resourceType: 'rds:db-instance',
  risk: 'M',
  rank: 'stop',
  limits: { minimumAgeDays: 14, connections: 0 },
  judge(database: Database, facts, limits): Verdict {
    const { status, readReplicaSource, dbInstanceClass, engine, multiAz } = database.attributes;
    // A replica is there for failover or reads that come and go (RDS-09).
    if (status !== 'available' || readReplicaSource !== undefined) return clean;
    if (!database.createdAt || facts.ageDays(database.createdAt) < limits.minimumAgeDays) return clean;
    const connections = reading(database, 'DatabaseConnections', 'Maximum');
    if (!complete(connections)) return undecided('too few datapoints of connections');
    if (highest(connections.values) > limits.connections) return clean;
    const price = facts.prices.database(database.region, dbInstanceClass, engine, multiAz);
    if (!price) return undecided(`no list price of ${dbInstanceClass} ${engine}`);
    const usage = `${multiAz ? 'Multi-AZUsage' : 'InstanceUsage'}:${dbInstanceClass}`;
    return found({
      action: { kind: 'rds.stop-instance', parameters: {} },
      saving: savingOf([removed(usage, HOURS_PER_MONTH, 'h', price)], database, facts.rates),
      evidence: [
        metricEvidence(
          connections,
          'highest number of connections',
          highest(connections.values),
          limits.connections,
        ),
      ],
      notes: ['AWS starts a stopped database again after seven days; storage goes on costing.'],
    });
  },
});

/** gp2 storage: gp3 costs no more and includes 3,000 IOPS. */
export const databaseStorage = defineCheck({
  id: 'RDS-03',
  title: 'Change the database storage to gp3',
  resourceType: 'rds:db-instance',
  risk: 'M',
  rank: 'independent',
  limits: {},
  judge(database: Database, facts): Verdict {
    const { storageType, allocatedStorageGiB: size, multiAz } = database.attributes;
    if (storageType !== 'gp2') return clean;
    const usage = (kind: string): string => `RDS:${multiAz ? 'Multi-AZ-' : ''}${kind}-Storage`;
    const [before, after] = ['GP2', 'GP3'].map((kind) =>
      facts.prices.price('AmazonRDS', database.region, usage(kind)),
    );
    if (!before || !after) return undecided('no list price of RDS storage');
    const lines = [removed(usage('GP2'), size, 'GB-Mo', before), added(usage('GP3'), size, 'GB-Mo', after)];
    return found({
      action: { kind: 'rds.modify-storage', parameters: { storageType: 'gp3' } },
      saving: savingOf(lines, database, facts.rates),
      evidence: [
        { kind: 'attribute', name: 'storage type', value: storageType },
        { kind: 'attribute', name: 'allocated storage', value: size, unit: 'GiB' },
      ],
      notes: ['Where both types cost the same, the gain is the baseline of 3,000 IOPS.'],
    });
  },
});
