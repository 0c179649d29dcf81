import type { LiveDatabase } from '@trimtab/cloud';
import { z } from 'zod';
import { defineAction, wayBack } from '../action-definition.js';

export const stopDatabase = defineAction({
  kind: 'rds.stop-instance',
  resourceType: 'rds:db-instance',
  parameters: z.strictObject({}),
  unfit: ({ attributes: { status, readReplicaSource } }) => {
    if (readReplicaSource !== undefined) return 'it is a read replica, which RDS does not stop';
    return status === 'available' ? undefined : `it is ${status}`;
  },
  procedure: ({ id }) => ({
    steps: [{ do: 'stop-database', id }],
    leaves: { status: 'stopped' },
    rollback: wayBack(
      [{ do: 'start-database', id }],
      { status: 'available' },
      'RDS starts a stopped database by itself after seven days.',
    ),
    restoreOnFailure: false,
  }),
});

/** gp2 has no settings of its own; the others are given back as they were. */
function storageOf({ storageType, iops, storageThroughputMiBps }: LiveDatabase) {
  if (storageType === 'gp2' || storageType === 'standard') return { storageType };
  return { storageType, iops, storageThroughputMiBps };
}

export const modifyDatabaseStorage = defineAction({
  kind: 'rds.modify-storage',
  resourceType: 'rds:db-instance',
  parameters: z.strictObject({ storageType: z.string() }),
  unfit: ({ attributes: { status, storageType } }, parameters) => {
    if (storageType === parameters.storageType) return `its storage is ${storageType} already`;
    return status === 'available' ? undefined : `it is ${status}`;
  },
  procedure: ({ id, parameters: { storageType }, before }) => {
    const former = storageOf(before);
    return {
      steps: [{ do: 'modify-database-storage', id, storage: { storageType } }],
      leaves: { storageType },
      rollback: wayBack(
        [{ do: 'modify-database-storage', id, storage: former }],
        { storageType: former.storageType },
        'RDS takes one change of storage in six hours.',
      ),
      restoreOnFailure: false,
    };
  },
});
