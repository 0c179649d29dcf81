import { z } from 'zod';

/** Text as it is, or the value of a variable of the worker (`env`), which no message, log or result ever shows. */
export const Secretable = z.union([
  z.string(),
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
    /** Put before the value, for example `Bearer `. */
    prefix: z.string().default(''),
  }),
]);
export type Secretable = z.infer<typeof Secretable>;

const secretables = z.record(z.string(), Secretable).default({});
const milliseconds = z.int().min(1).max(86_400_000);
const bytes = z
  .int()
  .min(1)
  .max(64 * 1024 * 1024);

/** `200`, or a class of answers such as `2xx`. */
const ExpectedStatus = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, 'must be a status or 1xx … 5xx'),
]);

/** Tasks that come with Trimtab, so that any pipeline can use the engine. */
export const builtInTasks = {
  'script.run': {
    input: z.strictObject({
      /** A program of the allow-list: a name that is looked up in PATH, or a path. With `shell` a line for `sh -c`. */
      command: z.string().min(1),
      args: z.array(z.string()).default([]),
      shell: z.boolean().default(false),
      stdin: z.string().optional(),
      /** Beside PATH and HOME (the scratch folder) a script sees only these. */
      env: secretables,
      timeoutMs: milliseconds.default(600_000),
      /** More on stdout ends the script and fails the task. */
      maxOutputBytes: bytes.default(1024 * 1024),
      output: z.enum(['text', 'json', 'none']).default('text'),
      exitCodes: z
        .strictObject({
          completed: z.array(z.int().min(0).max(255)).default([0]),
          /** Worth another attempt; 75 is EX_TEMPFAIL of sysexits. */
          retry: z.array(z.int().min(0).max(255)).default([75]),
        })
        .prefault({}),
    }),
    output: z.object({
      exitCode: z.int(),
      /** Stdout as text or as JSON; null with `output: none`. */
      output: z.unknown(),
      /** Its last 16 KB. */
      stderr: z.string(),
      durationMs: z.int(),
    }),
  },
  'http.request': {
    input: z.strictObject({
      method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
      url: z.url({ protocol: /^https?$/ }),
      headers: secretables,
      /** A string goes out as it is, anything else as JSON. */
      body: z.unknown().optional(),
      /** Answers that complete the task. */
      expect: z.array(ExpectedStatus).min(1).default(['2xx']),
      timeoutMs: milliseconds.default(30_000),
      maxBytes: bytes.default(1024 * 1024),
      redirects: z.int().min(0).max(20).default(5),
      /** Carries the same key on every attempt of this task; null sends none. */
      idempotencyHeader: z.string().min(1).nullable().default('Idempotency-Key'),
    }),
    output: z.object({
      status: z.int(),
      /** After redirects. */
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      /** JSON when the answer says that it is, else text; null when empty. */
      body: z.unknown(),
      durationMs: z.int(),
    }),
  },
} as const;
