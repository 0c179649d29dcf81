import { daysAgo, owned, record } from './draft.js';
import type { Draft } from './draft.js';
import { instanceTypeRow } from './instance-types.js';
import type { Place } from './company.js';
import type { Random } from './random.js';
import { addVolume } from './volumes.js';
import type { Instance, UsageProfile } from './world.js';

/** Detailed monitoring is switched on here and there, for whatever reason it once had. */
const MONITORED_EVERY = 9;

export interface InstanceSpec {
  readonly place: Place;
  readonly type: string;
  readonly usage: UsageProfile;
  readonly ageDays: number;
  readonly stoppedDaysAgo?: number;
  readonly tags?: Record<string, string>;
  readonly dataVolumeGiB?: number;
}

/** Adds an instance with its right-sized gp3 root volume and, when asked, one gp3 data volume. */
export function addInstance(draft: Draft, rnd: Random, spec: InstanceSpec): Instance {
  const { scope, tags } = spec.place;
  const type = instanceTypeRow(spec.type).type;
  const launchTime = daysAgo(draft, rnd, spec.ageDays);
  const stopped = spec.stoppedDaysAgo !== undefined;
  const instance: Instance = {
    ...owned(scope, { ...tags, ...spec.tags }),
    id: `i-0${rnd.hex(16)}`,
    instanceType: spec.type,
    state: stopped ? 'stopped' : 'running',
    stateTransitionReason: stopped ? stopReason(daysAgo(draft, rnd, spec.stoppedDaysAgo ?? 0)) : '',
    launchTime,
    availabilityZone: `${scope.region}${rnd.pick(['a', 'b', 'c'])}`,
    architecture: type.architecture,
    platformDetails: 'Linux/UNIX',
    rootDeviceType: 'ebs',
    imageId: goldenImage(draft, scope, type.architecture),
    monitoring: draft.instances.size % MONITORED_EVERY === 0 ? 'enabled' : 'disabled',
    volumeIds: [],
    privateIp: `10.${rnd.whole(0, 63)}.${rnd.whole(0, 255)}.${rnd.whole(4, 250)}`,
    usage: spec.usage,
  };
  draft.instances.set(instance.id, instance);
  addVolume(draft, rnd, { ...attachment(instance, spec), size: rnd.pick([20, 30, 40, 50]), root: true });
  const data = spec.dataVolumeGiB;
  if (data) addVolume(draft, rnd, { ...attachment(instance, spec), size: data });
  recordLaunch(draft, instance, spec.ageDays);
  return instance;
}

function attachment(instance: Instance, spec: InstanceSpec) {
  return { place: spec.place, instance, ageDays: spec.ageDays };
}

function recordLaunch(draft: Draft, instance: Instance, ageDays: number) {
  if (ageDays > 88) return;
  record(draft, {
    accountId: instance.accountId,
    region: instance.region,
    eventName: 'RunInstances',
    eventSource: 'ec2.amazonaws.com',
    eventTime: instance.launchTime,
    username: instance.tags['aws:autoscaling:groupName'] ? 'AutoScaling' : 'deploy',
    resources: [{ type: 'AWS::EC2::Instance', name: instance.id }],
  });
}

const stopReason = (at: number): string =>
  `User initiated (${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} GMT)`;

function goldenImage(
  draft: Draft,
  scope: { accountId: string; region: string },
  architecture: string,
): string {
  for (const image of draft.images.values()) {
    if (image.accountId !== scope.accountId || image.region !== scope.region) continue;
    if (image.architecture === architecture && image.tags['role'] === 'golden') return image.id;
  }
  throw new RangeError(`No golden ${architecture} image in ${scope.region}: build the images first.`);
}
