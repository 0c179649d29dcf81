import type { Json } from '@trimtab/kernel';
import { z } from 'zod';
import { parseDuration } from './duration.js';

const MINUTE = 60_000;
const RETRY = { maxAttempts: 3, initialDelay: 1_000, factor: 2, maxDelay: MINUTE, jitter: 0.2 };
const RUN_TIMEOUT = 30 * MINUTE;

const json = z.json() as z.ZodType<Json>;

/** `10s`, `5m`, `1h30m` or milliseconds; becomes milliseconds. */
const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({
    code: 'custom',
    message: `"${value}" is not a duration: write 250ms, 10s, 5m, 1h30m or 2d`,
  });
  return z.NEVER;
});

const expression = z.union([z.string(), z.boolean()]).transform(String);

const timeoutFields = z.strictObject({
  queue: duration.optional(),
  run: duration.default(RUN_TIMEOUT),
  heartbeat: duration.optional(),
  blocked: duration.optional(),
});
/** A duration alone is the run timeout. */
const timeout = z.union([duration.transform((run) => ({ run })), timeoutFields], {
  error: 'a duration, or { queue, run, heartbeat, blocked }',
});

const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(1_000).default(RETRY.maxAttempts),
  initialDelay: duration.default(RETRY.initialDelay),
  factor: z.number().min(1).max(100).default(RETRY.factor),
  maxDelay: duration.default(RETRY.maxDelay),
  jitter: z.number().min(0).max(1).default(RETRY.jitter),
});

const uses = z
  .string({ error: 'missing `uses`: write <service>.<action>, approval, timer, signal or workflow' })
  .regex(/^([a-z][a-z0-9-]*\.[a-z][a-z0-9-]*|approval|timer|signal|workflow)$/, {
    error: 'must be <service>.<action>, approval, timer, signal or workflow',
  });

const compensation = z.strictObject({
  uses,
  with: json.default({}),
  timeout: timeout.default({ run: RUN_TIMEOUT }),
  retry: retry.prefault({}),
});

const approval = z.strictObject({
  digest: json.default(''),
  expiresIn: duration.default(7 * 24 * 60 * MINUTE),
  grantedBy: z.array(z.strictObject({ policy: z.string().min(1), when: expression })).default([]),
  // Without a default: definitions that are in use keep their digest.
  selfApproval: z.enum(['allow', 'refuse']).optional(),
});

const onError = z.union(
  [z.enum(['fail', 'continue', 'compensate', 'suspend']), z.strictObject({ handler: z.string() })],
  { error: 'fail, continue, compensate, suspend, or { handler: <task> }' },
);

/** A key is a literal `<kind>:<name>`, or holds an expression that gives one. */
const dependency = z.string().regex(/^[a-z][a-z0-9-]*:.+$|\$\{/, {
  error: 'must be <kind>:<name>, for example service:report.compile, workflow:import, run:ID or signal:go',
});

const taskFields = z.strictObject({
  uses,
  with: json.default({}),
  needs: z.union([z.string().transform((need) => [need]), z.array(z.string())]).default([]),
  requires: z.array(dependency).min(1).optional(),
  when: expression.optional(),
  forEach: z.string().optional(),
  concurrency: z.int().min(1).max(10_000).default(10),
  timeout: timeout.default({ run: RUN_TIMEOUT }),
  retry: retry.prefault({}),
  onError: onError.default('fail'),
  compensate: compensation.optional(),
  optional: z.boolean().default(false),
  always: z.boolean().default(false),
  route: z.string().optional(),
  approval: approval.optional(),
  outputs: json.optional(),
});

const task = taskFields.transform(({ onError: reaction, ...rest }) =>
  typeof reaction === 'string'
    ? { ...rest, onError: reaction }
    : { ...rest, onError: 'continue' as const, handler: reaction.handler },
);

/** What may be written, in YAML or TypeScript; parsing fills in every default. */
export const workflowSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'must be lower case letters, digits and hyphens' }),
  version: z.union([z.string().min(1), z.number().transform(String)]),
  description: z.string().optional(),
  input: z.record(z.string(), json).optional(),
  output: z.record(z.string(), json).optional(),
  requires: z.array(dependency).min(1).optional(),
  failFast: z.boolean().default(true),
  timeout: duration.optional(),
  tasks: z.record(z.string(), task),
  outputs: json.optional(),
});

/** A definition as people write it: durations as text, defaults left out. */
export type WorkflowDocument = z.input<typeof workflowSchema>;

/** JSON Schema of a definition as people write it, for editors (`# yaml-language-server: $schema=…`). */
export const workflowJsonSchema = (): Record<string, unknown> => ({
  title: 'Trimtab workflow',
  ...z.toJSONSchema(workflowSchema, { io: 'input', unrepresentable: 'any' }),
});
