import type { CloudActions } from '@trimtab/cloud';
import { AppError } from '@trimtab/kernel';
import type { Outputs, Step, StepName, StepOf } from '../domain/step.js';

type Made = Outputs | undefined;
type Effect<N extends StepName> = (actions: CloudActions, step: StepOf<N>) => Promise<Made | void>;

/** Each step is one call of the port. */
const effects: { readonly [N in StepName]: Effect<N> } = {
  'stop-instance': (actions, { id }) => actions.instances.stop(id),
  'start-instance': (actions, { id }) => actions.instances.start(id),
  'set-instance-type': (actions, { id, instanceType }) => actions.instances.modifyType(id, instanceType),
  'terminate-instance': (actions, { id }) => actions.instances.terminate(id),
  'modify-volume': (actions, { id, change }) => actions.volumes.modify(id, change),
  'delete-volume': (actions, { id }) => actions.volumes.delete(id),
  'create-snapshot': createSnapshot,
  'create-volume': createVolume,
  'delete-snapshot': (actions, { id }) => actions.snapshots.delete(id),
  'release-address': (actions, { id }) => actions.addresses.release(id),
  'allocate-address': async (actions, { publicIp, tags }) => {
    const { allocationId } = await actions.addresses.allocate(tags, publicIp);
    return { allocationId };
  },
  'stop-database': (actions, { id }) => actions.databases.stop(id),
  'start-database': (actions, { id }) => actions.databases.start(id),
  'modify-database-storage': (actions, { id, storage }) => actions.databases.modifyStorage(id, storage),
  'put-concurrency': (actions, { id, reserved }) => actions.functions.putConcurrency(id, reserved),
  'delete-concurrency': (actions, { id }) => actions.functions.deleteConcurrency(id),
  'put-lifecycle': (actions, { id, rules }) => actions.buckets.putLifecycle(id, rules),
  'delete-lifecycle': (actions, { id }) => actions.buckets.deleteLifecycle(id),
  'delete-load-balancer': (actions, { id }) => actions.loadBalancers.delete(id),
  'put-retention': (actions, { id, days }) => actions.logGroups.putRetention(id, days),
  'delete-retention': (actions, { id }) => actions.logGroups.deleteRetention(id),
};

/** Sends the one effect of a step. Answers what it made. */
export async function performStep(actions: CloudActions, step: Step): Promise<Outputs> {
  const effect = effects[step.do] as Effect<StepName>;
  return (await effect(actions, step)) ?? {};
}

async function createSnapshot(actions: CloudActions, step: StepOf<'create-snapshot'>): Promise<Outputs> {
  const tags = { ...step.tags, ...step.mark };
  const snapshotId = await actions.snapshots.create(
    step.volumeId,
    `Before deletion of ${step.volumeId}`,
    tags,
  );
  return { snapshotId };
}

/** Made from the snapshot that carries the marks; the token makes one volume however often it is sent. */
async function createVolume(actions: CloudActions, step: StepOf<'create-volume'>): Promise<Outputs> {
  const [snapshot] = await actions.snapshots.find(step.from);
  if (!snapshot) {
    throw new AppError(
      'cloud.not-found',
      `The snapshot marked ${JSON.stringify(step.from)} is gone: restore by hand.`,
    );
  }
  return { volumeId: await actions.volumes.create({ ...step.spec, snapshotId: snapshot.id }, step.token) };
}
