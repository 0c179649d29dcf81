import { z } from 'zod';

const id = z.string().min(1);
const tags = z.record(z.string(), z.string());
const volumeShape = z.object({
  volumeType: z.string(),
  iops: z.int().optional(),
  throughputMiBps: z.int().optional(),
});
const databaseStorage = z.object({
  storageType: z.string(),
  allocatedStorageGiB: z.int().optional(),
  iops: z.int().optional(),
  storageThroughputMiBps: z.int().optional(),
});

/** One effect on the cloud as data, so that it can be recorded before it happens and repeated to the letter later. */
export const Step = z.discriminatedUnion('do', [
  z.object({ do: z.literal('stop-instance'), id }),
  z.object({ do: z.literal('start-instance'), id }),
  z.object({ do: z.literal('set-instance-type'), id, instanceType: z.string() }),
  z.object({ do: z.literal('terminate-instance'), id }),
  z.object({ do: z.literal('modify-volume'), id, change: volumeShape }),
  z.object({ do: z.literal('delete-volume'), id }),
  /** `mark` is the pair of tags that finds the snapshot again; `tags` are those of the volume. */
  z.object({ do: z.literal('create-snapshot'), volumeId: id, mark: tags, tags }),
  z.object({
    do: z.literal('create-volume'),
    /** Marks of the snapshot that it is made from. */
    from: tags,
    token: z.string().max(64),
    spec: volumeShape.extend({
      availabilityZone: z.string(),
      sizeGiB: z.int(),
      encrypted: z.boolean(),
      kmsKeyId: z.string().optional(),
      tags,
    }),
  }),
  z.object({ do: z.literal('delete-snapshot'), id }),
  z.object({ do: z.literal('release-address'), id }),
  z.object({ do: z.literal('allocate-address'), publicIp: z.string(), tags }),
  z.object({ do: z.literal('stop-database'), id }),
  z.object({ do: z.literal('start-database'), id }),
  z.object({ do: z.literal('modify-database-storage'), id, storage: databaseStorage }),
  z.object({ do: z.literal('put-concurrency'), id, reserved: z.int().nonnegative() }),
  z.object({ do: z.literal('delete-concurrency'), id }),
  z.object({ do: z.literal('put-lifecycle'), id, rules: z.array(z.record(z.string(), z.unknown())).min(1) }),
  z.object({ do: z.literal('delete-lifecycle'), id }),
  z.object({ do: z.literal('delete-load-balancer'), id }),
  z.object({ do: z.literal('put-retention'), id, days: z.int().positive() }),
  z.object({ do: z.literal('delete-retention'), id }),
]);
export type Step = z.infer<typeof Step>;
export type StepName = Step['do'];
export type StepOf<N extends StepName> = Extract<Step, { do: N }>;

/** What a step made, by name: `snapshotId`, `volumeId`, `allocationId`. */
export type Outputs = Readonly<Record<string, string>>;

/** One line for people. */
export function describeStep(step: Step): string {
  const { do: name, ...rest } = step;
  const words = Object.entries(rest)
    .filter(([key]) => key !== 'tags' && key !== 'token')
    .map(([key, value]) => (typeof value === 'string' ? value : `${key} ${JSON.stringify(value)}`));
  return [name, ...words].join(' ');
}
