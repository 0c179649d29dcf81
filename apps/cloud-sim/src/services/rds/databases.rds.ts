import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { DatabaseSnapshot } from '../../side-state.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Database } from '../../world/world.js';
import { find, own } from '../owned.js';
import { pageByKey, sizeWithin } from '../page.js';

const sevenDays = 7 * 24 * 3_600_000;

export function needDatabase(call: Call, id: string): Database {
  const item = find(call, call.simulation.world.databases, id);
  if (!item) throw new AwsError('DBInstanceNotFound', `DBInstance ${id} not found.`, 404);
  return item;
}

export function describeDbInstances(call: Call, input: QueryInput): XmlObject {
  const id = input.text('DBInstanceIdentifier');
  const all = id ? [needDatabase(call, id)] : own(call, call.simulation.world.databases.values());
  const found = filtered(all, input, {
    'db-instance-id': (item) => item.id,
    engine: (item) => item.engine,
  });
  return paged(
    found,
    input,
    (item) => item.id,
    'DBInstance',
    (item) => databaseXml(call, item),
  );
}

export function describeDbSnapshots(call: Call, input: QueryInput): XmlObject {
  const databaseId = input.text('DBInstanceIdentifier');
  const snapshotId = input.text('DBSnapshotIdentifier');
  const mine = own(call, call.simulation.side.databaseSnapshots.values());
  if (snapshotId && !mine.some((item) => item.id === snapshotId)) {
    throw new AwsError('DBSnapshotNotFound', `DBSnapshot ${snapshotId} not found.`, 404);
  }
  const found = mine.filter(
    (item) => (!databaseId || item.databaseId === databaseId) && (!snapshotId || item.id === snapshotId),
  );
  return paged(found, input, (item) => item.id, 'DBSnapshot', snapshotXml);
}

export function listTagsForResource(call: Call, input: QueryInput): XmlObject {
  const arn = input.need('ResourceName');
  const database = needDatabase(call, /:db:(.+)$/.exec(arn)?.[1] ?? arn);
  return { TagList: tagList(database) };
}

function filtered<T>(items: T[], input: QueryInput, fields: Record<string, (item: T) => string>): T[] {
  return input.groups('Filters.Filter').reduce((kept, filter) => {
    const name = filter.need('Name');
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) throw new AwsError('InvalidParameterValue', `Unrecognized filter name: ${name}`);
    const values = filter.list('Values.Value');
    return kept.filter((item) => values.includes(field(item)));
  }, items);
}

function paged<T>(
  items: readonly T[],
  input: QueryInput,
  keyOf: (item: T) => string,
  element: string,
  write: (item: T) => XmlObject,
): XmlObject {
  const asked = input.number('MaxRecords');
  if (asked !== undefined && (asked < 20 || asked > 100)) {
    throw new AwsError('InvalidParameterValue', 'MaxRecords must be between 20 and 100');
  }
  const token = input.text('Marker') || undefined;
  const page = pageByKey(items, keyOf, {
    token,
    size: sizeWithin(asked, 100),
    badToken: 'InvalidParameterValue',
  });
  return { [`${element}s`]: { [element]: page.items.map(write) }, Marker: page.next };
}

const tagList = (item: Database): XmlObject => ({
  Tag: Object.entries(item.tags).map(([Key, Value]) => ({ Key, Value })),
});

const ports: Readonly<Record<string, number>> = { postgres: 5432, mysql: 3306, mariadb: 3306 };

export function databaseXml(call: Call, item: Database): XmlObject {
  const { side, world } = call.simulation;
  const stoppedAt = side.databaseStops.get(item.id);
  const replicas = own(call, world.databases.values()).filter((other) => other.readReplicaSource === item.id);
  const host = `${item.id}.simulated.${item.region}.rds.amazonaws.com`;
  return {
    DBInstanceIdentifier: item.id,
    DBInstanceClass: item.dbInstanceClass,
    Engine: item.engine,
    EngineVersion: item.engineVersion,
    DBInstanceStatus: item.status,
    Endpoint: item.status === 'stopped' ? undefined : { Address: host, Port: ports[item.engine] ?? 5432 },
    AllocatedStorage: item.allocatedStorage,
    InstanceCreateTime: iso(item.createTime),
    BackupRetentionPeriod: 7,
    AvailabilityZone: `${item.region}a`,
    MultiAZ: item.multiAz,
    StorageType: item.storageType,
    Iops: item.iops,
    ReadReplicaSourceDBInstanceIdentifier: item.readReplicaSource,
    ReadReplicaDBInstanceIdentifiers: { ReadReplicaDBInstanceIdentifier: replicas.map((other) => other.id) },
    PendingModifiedValues: side.pendingDatabaseChanges.get(item.id) ?? '',
    DeletionProtection: item.deletionProtection,
    DbiResourceId: `db-${item.id.toUpperCase()}`,
    DBInstanceArn: `arn:aws:rds:${item.region}:${item.accountId}:db:${item.id}`,
    LicenseModel: 'general-public-license',
    AutomaticRestartTime: stoppedAt === undefined ? undefined : iso(stoppedAt + sevenDays),
    TagList: tagList(item),
  };
}

function snapshotXml(item: DatabaseSnapshot): XmlObject {
  return {
    DBSnapshotIdentifier: item.id,
    DBInstanceIdentifier: item.databaseId,
    SnapshotCreateTime: iso(item.createTime),
    Engine: item.engine,
    AllocatedStorage: item.allocatedStorage,
    Status: item.status,
    SnapshotType: 'manual',
    PercentProgress: item.status === 'available' ? 100 : 0,
    DBSnapshotArn: `arn:aws:rds:${item.region}:${item.accountId}:snapshot:${item.id}`,
  };
}
