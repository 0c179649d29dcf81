import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { Database } from '../../world/world.js';
import { own } from '../owned.js';
import { databaseXml, needDatabase } from './databases.rds.js';

const databaseKind = 'AWS::RDS::DBInstance';
const invalidState = (message: string): AwsError => new AwsError('InvalidDBInstanceState', message);

export function stopDbInstance(call: Call, input: QueryInput): XmlObject {
  const { world, side } = call.simulation;
  const item = needDatabase(call, input.need('DBInstanceIdentifier'));
  needStatus(item, 'available');
  const replica = own(call, world.databases.values()).some((other) => other.readReplicaSource === item.id);
  if (item.readReplicaSource !== undefined || replica) {
    throw invalidState(`Cannot stop ${item.id}: it is a read replica or has read replicas.`);
  }
  const snapshotId = input.text('DBSnapshotIdentifier');
  if (snapshotId) addSnapshot(call, item, snapshotId);
  item.status = 'stopping';
  side.databaseStops.set(item.id, call.simulation.now());
  settle(call, item, 'stopping', 'stopped');
  return recorded(call, item);
}

export function startDbInstance(call: Call, input: QueryInput): XmlObject {
  const item = needDatabase(call, input.need('DBInstanceIdentifier'));
  needStatus(item, 'stopped');
  item.status = 'starting';
  call.simulation.side.databaseStops.delete(item.id);
  settle(call, item, 'starting', 'available');
  return recorded(call, item);
}

/** ModifyDBInstance: now with ApplyImmediately, else the change waits in PendingModifiedValues. */
export function modifyDbInstance(call: Call, input: QueryInput): XmlObject {
  const item = needDatabase(call, input.need('DBInstanceIdentifier'));
  needStatus(item, 'available', 'stopped');
  const change = readChange(call, item, input);
  const protection = input.flag('DeletionProtection');
  if (protection !== undefined) item.deletionProtection = protection;
  if (Object.keys(change.values).length > 0) {
    if (input.flag('ApplyImmediately')) {
      const before = item.status;
      Object.assign(item, change.values);
      item.status = 'modifying';
      call.simulation.side.pendingDatabaseChanges.delete(item.id);
      settle(call, item, 'modifying', before);
    } else {
      call.simulation.side.pendingDatabaseChanges.set(item.id, change.pending);
    }
  }
  return recorded(call, item);
}

type Change = Partial<
  Pick<Database, 'dbInstanceClass' | 'multiAz' | 'storageType' | 'allocatedStorage' | 'iops'>
>;

function readChange(
  call: Call,
  item: Database,
  input: QueryInput,
): { values: Change; pending: Record<string, string> } {
  const values = withoutUndefined<Change>({
    dbInstanceClass: input.text('DBInstanceClass'),
    multiAz: input.flag('MultiAZ'),
    storageType: input.text('StorageType'),
    allocatedStorage: input.number('AllocatedStorage'),
    iops: input.number('Iops'),
  });
  if (values.dbInstanceClass !== undefined && !knownClass(call, values.dbInstanceClass)) {
    throw new AwsError('InvalidParameterValue', `Invalid DB Instance class: ${values.dbInstanceClass}`);
  }
  if (values.allocatedStorage !== undefined && values.allocatedStorage < item.allocatedStorage) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Invalid storage size: allocated storage cannot be reduced.',
    );
  }
  const names = ['DBInstanceClass', 'MultiAZ', 'StorageType', 'AllocatedStorage', 'Iops'];
  const pending = names.flatMap((name) => {
    const value = input.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { values, pending: Object.fromEntries(pending) };
}

/** A class exists when the price list sells it or a database of this company already has it. */
function knownClass(call: Call, name: string): boolean {
  const { prices, databases } = call.simulation.world;
  const sold = prices.some((price) => price.attributes['instanceType'] === name);
  return sold || [...databases.values()].some((item) => item.dbInstanceClass === name);
}

const withoutUndefined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

function needStatus(item: Database, ...allowed: Database['status'][]): void {
  if (!allowed.includes(item.status))
    throw invalidState(`Instance ${item.id} is not in ${allowed.join(' or ')} state.`);
}

function settle(call: Call, item: Database, from: Database['status'], to: Database['status']): void {
  call.simulation.later(() => {
    if (item.status === from) item.status = to;
  });
}

function addSnapshot(call: Call, item: Database, id: string): void {
  const { side } = call.simulation;
  if (side.databaseSnapshots.has(id)) {
    throw new AwsError(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because one with the identifier ${id} already exists.`,
    );
  }
  const { accountId, region, engine, allocatedStorage } = item;
  const createTime = call.simulation.now();
  const snapshot = { id, databaseId: item.id, accountId, region, engine, allocatedStorage, createTime };
  side.databaseSnapshots.set(id, { ...snapshot, status: 'creating' });
  call.simulation.later(() => side.databaseSnapshots.set(id, { ...snapshot, status: 'available' }), 2);
}

function recorded(call: Call, item: Database): XmlObject {
  call.simulation.record(call, databaseKind, item.id);
  return { DBInstance: databaseXml(call, item) };
}
