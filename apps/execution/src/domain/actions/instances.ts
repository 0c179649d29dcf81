import { z } from 'zod';
import { ACTION_TAG, defineAction, noWayBack, wayBack } from '../action-definition.js';
import type { Step } from '../step.js';

/** A stop loses what is on instance-store disks. */
const rootIsKept = (rootDeviceType: string): string | undefined =>
  rootDeviceType === 'ebs' ? undefined : 'its root device is not EBS, so a stop would lose data';

export const stopInstance = defineAction({
  kind: 'ec2.stop-instance',
  resourceType: 'ec2:instance',
  parameters: z.strictObject({}),
  unfit: ({ attributes }) =>
    attributes.state === 'running' ? rootIsKept(attributes.rootDeviceType) : `it is ${attributes.state}`,
  procedure: ({ id, before }) => ({
    steps: [{ do: 'stop-instance', id }],
    leaves: { state: 'stopped' },
    rollback: wayBack(
      [{ do: 'start-instance', id }],
      { state: 'running' },
      before.publicIp === undefined
        ? undefined
        : `The public address ${before.publicIp} changes unless it is an Elastic IP.`,
    ),
    restoreOnFailure: false,
  }),
});

export const resizeInstance = defineAction({
  kind: 'ec2.resize-instance',
  resourceType: 'ec2:instance',
  parameters: z.strictObject({ instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/) }),
  unfit: ({ attributes }, { instanceType }) => {
    if (attributes.instanceType === instanceType) return `it is of type ${instanceType} already`;
    if (attributes.state === 'stopped') return undefined;
    return attributes.state === 'running'
      ? rootIsKept(attributes.rootDeviceType)
      : `it is ${attributes.state}`;
  },
  procedure: ({ id, parameters: { instanceType }, before }) => {
    const { state } = before;
    const around = (type: string): Step[] => {
      const change: Step = { do: 'set-instance-type', id, instanceType: type };
      if (state !== 'running') return [change];
      return [{ do: 'stop-instance', id }, change, { do: 'start-instance', id }];
    };
    return {
      steps: around(instanceType),
      leaves: { instanceType, state },
      rollback: wayBack(around(before.instanceType), { instanceType: before.instanceType, state }),
      restoreOnFailure: true,
    };
  },
});

export const terminateInstance = defineAction({
  kind: 'ec2.terminate-instance',
  resourceType: 'ec2:instance',
  /** Snapshots of all its volumes keep the data, which an image is made of as well. */
  parameters: z.strictObject({ createImage: z.literal(true) }),
  unfit: ({ attributes }) => {
    if (attributes.state !== 'stopped')
      return `it is ${attributes.state}: only stopped instances are terminated`;
    return rootIsKept(attributes.rootDeviceType);
  },
  procedure: ({ actionId, id, before }) => ({
    steps: [
      ...before.volumeIds.map((volumeId): Step => ({
        do: 'create-snapshot',
        volumeId,
        mark: { [ACTION_TAG]: actionId, 'trimtab:volume': volumeId },
        tags: ownTags(before.tags),
      })),
      { do: 'terminate-instance', id },
    ],
    leaves: { exists: false },
    rollback: noWayBack(
      `A terminated instance does not come back: launch a new one from the snapshots tagged ${ACTION_TAG}=${actionId}.`,
    ),
    restoreOnFailure: false,
  }),
});

/** AWS keeps the prefix `aws:` to itself. */
export const ownTags = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith('aws:')));
