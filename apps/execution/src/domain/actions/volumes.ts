import type { LiveVolume } from '@trimtab/cloud';
import { z } from 'zod';
import { ACTION_TAG, defineAction, noWayBack, wayBack } from '../action-definition.js';
import { ownTags } from './instances.js';

/** Only these types take IOPS and throughput as settings; of the others they are a consequence of the size. */
function settingsOf({ volumeType, iops, throughputMiBps }: LiveVolume) {
  if (volumeType === 'gp3') return { volumeType, iops, throughputMiBps };
  return volumeType === 'io1' || volumeType === 'io2' ? { volumeType, iops } : { volumeType };
}

export const modifyVolume = defineAction({
  kind: 'ebs.modify-volume',
  resourceType: 'ec2:volume',
  parameters: z.strictObject({
    volumeType: z.string(),
    iops: z.int().positive().optional(),
    throughputMiBps: z.int().positive().optional(),
  }),
  unfit: ({ attributes: { state } }) =>
    state === 'available' || state === 'in-use' ? undefined : `it is ${state}`,
  procedure: ({ id, parameters, before }) => {
    const former = settingsOf(before);
    return {
      steps: [{ do: 'modify-volume', id, change: parameters }],
      leaves: { ...parameters },
      rollback: wayBack(
        [{ do: 'modify-volume', id, change: former }],
        { ...former },
        'AWS allows four modifications of a volume in 24 hours.',
      ),
      restoreOnFailure: false,
    };
  },
});

export const deleteVolume = defineAction({
  kind: 'ebs.delete-volume',
  resourceType: 'ec2:volume',
  parameters: z.strictObject({ snapshotFirst: z.literal(true) }),
  unfit: ({ attributes: { state } }) => (state === 'available' ? undefined : `it is ${state}`),
  procedure: ({ actionId, id, before }) => {
    const mark = { [ACTION_TAG]: actionId, 'trimtab:volume': id };
    const tags = ownTags(before.tags);
    const { availabilityZone, sizeGiB, encrypted, kmsKeyId } = before;
    const spec = { ...settingsOf(before), availabilityZone, sizeGiB, encrypted, kmsKeyId, tags };
    return {
      steps: [
        { do: 'create-snapshot', volumeId: id, mark, tags },
        { do: 'delete-volume', id },
      ],
      leaves: { exists: false },
      rollback: wayBack(
        [{ do: 'create-volume', from: mark, token: `undo-${actionId}`.slice(0, 64), spec }],
        null,
        'The volume comes back from its snapshot with another id.',
      ),
      restoreOnFailure: false,
    };
  },
});

export const deleteSnapshot = defineAction({
  kind: 'ebs.delete-snapshot',
  resourceType: 'ec2:snapshot',
  parameters: z.strictObject({}),
  unfit: ({ attributes: { imageIds, state } }) => {
    if (imageIds.length > 0) return `images use it: ${imageIds.join(', ')}`;
    return state === 'completed' ? undefined : `it is ${state}`;
  },
  procedure: ({ id }) => ({
    steps: [{ do: 'delete-snapshot', id }],
    leaves: { exists: false },
    rollback: noWayBack('A deleted snapshot comes back only where a Recycle Bin rule keeps it.'),
    restoreOnFailure: false,
  }),
});
