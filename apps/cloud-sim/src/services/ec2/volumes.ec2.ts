import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { Volume } from '../../world/world.js';
import { own } from '../owned.js';
import type { FilterFields } from './filters.ec2.js';
import { applyFilters, pageOf, selectIds, tagSet } from './filters.ec2.js';
import { noVolume } from './lookup.ec2.js';

export function describeVolumes(call: Call, input: QueryInput): XmlObject {
  const mine = own(call, call.simulation.world.volumes.values());
  const chosen = selectIds(mine, input.list('VolumeId'), (item) => item.id, noVolume);
  const found = applyFilters(chosen, input, fields);
  return pageOf(
    found,
    input,
    (item) => item.id,
    (item) => volumeXml(call, item),
    { set: 'volumeSet' },
  );
}

const fields: FilterFields<Volume> = {
  'volume-id': (item) => item.id,
  'volume-type': (item) => item.volumeType,
  status: (item) => item.state,
  size: (item) => item.size,
  'snapshot-id': (item) => item.snapshotId,
  encrypted: (item) => item.encrypted,
  'availability-zone': (item) => item.availabilityZone,
  'create-time': (item) => iso(item.createTime),
  'attachment.instance-id': (item) => item.attachedTo?.instanceId,
  'attachment.device': (item) => item.attachedTo?.device,
  'attachment.status': (item) => (item.attachedTo ? 'attached' : undefined),
  'attachment.delete-on-termination': (item) => item.attachedTo?.deleteOnTermination,
};

export function volumeXml(call: Call, item: Volume): XmlObject {
  return {
    volumeId: item.id,
    size: item.size,
    snapshotId: item.snapshotId ?? '',
    availabilityZone: item.availabilityZone,
    status: item.state,
    createTime: iso(item.createTime),
    attachmentSet: { item: attachmentXml(call, item) },
    tagSet: tagSet(item.tags),
    volumeType: item.volumeType,
    iops: performance(item).iops,
    throughput: performance(item).throughput,
    encrypted: item.encrypted,
    kmsKeyId: item.kmsKeyId,
    multiAttachEnabled: false,
  };
}

export function attachmentXml(call: Call, item: Volume): XmlObject | undefined {
  if (!item.attachedTo) return undefined;
  const { instanceId, device, attachTime, deleteOnTermination } = item.attachedTo;
  const status = call.simulation.side.attachment.get(item.id) ?? 'attached';
  return { volumeId: item.id, instanceId, device, status, attachTime: iso(attachTime), deleteOnTermination };
}

/** IOPS and MiB/s as EC2 reports them: gp2 earns 3 IOPS a GiB (100–16,000), gp3 starts at 3,000 and 125. */
export function performance(item: Pick<Volume, 'volumeType' | 'size' | 'iops' | 'throughput'>) {
  if (item.volumeType === 'gp2') return { iops: Math.min(16_000, Math.max(100, item.size * 3)) };
  if (item.volumeType === 'gp3') return { iops: item.iops ?? 3000, throughput: item.throughput ?? 125 };
  return { iops: item.iops };
}
