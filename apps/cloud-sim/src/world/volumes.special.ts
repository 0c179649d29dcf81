import { placeIn, scopeAt } from './company.js';
import type { Scope } from './company.js';
import { DAY, plant, record } from './draft.js';
import type { Draft } from './draft.js';
import { steady } from './fleet.js';
import { exempt } from './images.js';
import { addInstance } from './instances.js';
import type { Random } from './random.js';
import { addVolume } from './volumes.js';
import type { VolumeSpec } from './volumes.js';
import type { Volume } from './world.js';

/** Volumes to find (unattached, gp2, over-provisioned io1/io2) and unattached ones that must stay. */
export function addSpecialVolumes(draft: Draft): void {
  const rnd = draft.random.fork('special-volumes');
  [120, 200, 500, 80, 1000].forEach((size, index) => {
    const place = placeIn(rnd, scopeAt(index));
    const volume = addDetached(draft, rnd, { place, size, ageDays: 260 }, rnd.whole(38, 80));
    plant(draft, 'EBS-01', volume.id, place.scope);
  });
  [150, 300, 500, 800, 250, 400].forEach((size, index) =>
    addFinding(draft, rnd, scopeAt(index), 'EBS-02', {
      size,
      volumeType: 'gp2',
      peakIops: Math.min(size, 280),
    }),
  );
  addFinding(draft, rnd, scopeAt(0), 'EBS-03', { size: 400, volumeType: 'io1', iops: 8000, peakIops: 1100 });
  addFinding(draft, rnd, scopeAt(1), 'EBS-03', { size: 250, volumeType: 'io2', iops: 6000, peakIops: 900 });
  addFinding(draft, rnd, scopeAt(3), 'EBS-03', { size: 200, volumeType: 'io1', iops: 4000, peakIops: 700 });
  addDetached(draft, rnd, { place: placeIn(rnd, scopeAt(0)), size: 200, ageDays: 200 }, 10);
  addDetached(draft, rnd, { place: exempt(placeIn(rnd, scopeAt(3))), size: 300, ageDays: 200 }, 60);
  addVolume(draft, rnd, { place: placeIn(rnd, scopeAt(1)), size: 100, ageDays: 4 });
}

type Finding = Pick<VolumeSpec, 'size' | 'volumeType' | 'iops' | 'peakIops'>;

/** As the data volume of an ordinary machine that no Auto Scaling group owns. */
function addFinding(draft: Draft, rnd: Random, scope: Scope, check: string, spec: Finding) {
  const place = placeIn(rnd, scope);
  const tags = { Name: `${place.service.service}-store-${draft.volumes.size}` };
  const ageDays = rnd.whole(90, 300);
  const instance = addInstance(draft, rnd, { place, type: 'm5.large', usage: steady(rnd), ageDays, tags });
  const volume = addVolume(draft, rnd, { ...spec, place, ageDays, instance });
  plant(draft, check, volume.id, scope);
}

function addDetached(draft: Draft, rnd: Random, spec: VolumeSpec, days: number): Volume {
  const volume = addVolume(draft, rnd, spec);
  record(draft, {
    accountId: volume.accountId,
    region: volume.region,
    eventName: 'DetachVolume',
    eventSource: 'ec2.amazonaws.com',
    eventTime: Math.floor((draft.now - days * DAY) / 1000) * 1000,
    username: rnd.pick(['amelia', 'jonas', 'priya', 'deploy']),
    resources: [
      { type: 'AWS::EC2::Volume', name: volume.id },
      { type: 'AWS::EC2::Instance', name: `i-0${rnd.hex(16)}` },
    ],
  });
  return volume;
}
