import { z } from 'zod';
import { ACTION_TAG, defineAction, noWayBack, wayBack } from '../action-definition.js';
import { ownTags } from './instances.js';

export const releaseAddress = defineAction({
  kind: 'ec2.release-address',
  resourceType: 'ec2:elastic-ip',
  parameters: z.strictObject({ publicIp: z.string().optional() }),
  unfit: ({ attributes }, { publicIp }) => {
    if (publicIp !== undefined && publicIp !== attributes.publicIp)
      return `its address is ${attributes.publicIp}`;
    return attributes.associationId === undefined ? undefined : 'it is associated';
  },
  procedure: ({ actionId, id, before }) => ({
    steps: [{ do: 'release-address', id }],
    leaves: { exists: false },
    rollback: wayBack(
      [
        {
          do: 'allocate-address',
          publicIp: before.publicIp,
          tags: { ...ownTags(before.tags), [ACTION_TAG]: actionId },
        },
      ],
      null,
      `AWS gives ${before.publicIp} back only while nobody else has taken it; the allocation id changes.`,
    ),
    restoreOnFailure: false,
  }),
});

export const deleteLoadBalancer = defineAction({
  kind: 'elb.delete-load-balancer',
  resourceType: 'elasticloadbalancing:loadbalancer',
  parameters: z.strictObject({}),
  procedure: ({ id, before }) => ({
    steps: [{ do: 'delete-load-balancer', id }],
    leaves: { exists: false },
    rollback: noWayBack(
      `The DNS name ${before.dnsName} does not come back; the record keeps the configuration to rebuild it from.`,
    ),
    restoreOnFailure: false,
  }),
});
