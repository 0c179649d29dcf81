import { AwsError } from '../../aws-error.js';
import type { Call } from '../../simulation.js';
import type { Address, Image, Instance, Snapshot, Volume } from '../../world/world.js';
import { find } from '../owned.js';

const quoted = (ids: readonly string[]): string => ids.map((id) => `'${id}'`).join(', ');

export const noInstance = (...ids: string[]): AwsError =>
  new AwsError(
    'InvalidInstanceID.NotFound',
    ids.length > 1
      ? `The instance IDs ${quoted(ids)} do not exist`
      : `The instance ID ${quoted(ids)} does not exist`,
  );
export const noVolume = (id: string): AwsError =>
  new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
export const noSnapshot = (id: string): AwsError =>
  new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
export const noImage = (id: string): AwsError =>
  new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
export const noAddress = (id: string): AwsError =>
  new AwsError('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`);

const needed =
  <T extends Instance | Volume | Snapshot | Image | Address>(
    mapOf: (call: Call) => ReadonlyMap<string, T>,
    missing: (id: string) => AwsError,
  ) =>
  (call: Call, id: string): T => {
    const item = find(call, mapOf(call), id);
    if (!item) throw missing(id);
    return item;
  };

export const needInstance = needed((call) => call.simulation.world.instances, noInstance);
export const needVolume = needed((call) => call.simulation.world.volumes, noVolume);
export const needSnapshot = needed((call) => call.simulation.world.snapshots, noSnapshot);
export const needAddress = needed((call) => call.simulation.world.addresses, noAddress);
