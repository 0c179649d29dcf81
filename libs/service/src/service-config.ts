import { z } from 'zod';
import { AppError } from '@trimtab/kernel';

/** Pieces that every service's configuration is made of; names are those of the environment. */
export const serviceConfig = {
  NATS_URL: z.string().min(1).default('nats://127.0.0.1:4222'),
  DATABASE_URL: z.string().min(1),
  /** Copies of each stream: 3 in production, on a cluster. */
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  /** New traces a second that are kept, of those that begin here; each is whole or not there. */
  TRIMTAB_TRACES_PER_SECOND: z.coerce.number().min(0).default(10),
  /** Port of `/metrics` for Prometheus, the next free one when it is taken; off without it. */
  TRIMTAB_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  TRIMTAB_METRICS_HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** 0 = a free port, printed in the readiness line. */
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  TRIMTAB_POOL: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be lower-case letters, digits and dashes')
    .default('default'),
  /** How many tasks the service works on at the same time. */
  TRIMTAB_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(8),
  /** Plugins to load, by comma: files, folders or packages. */
  TRIMTAB_PLUGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
  /** `true`: stop when the process that started this one ends (its pipe to stdin closes). */
  TRIMTAB_EXIT_WITH_PARENT: z.enum(['true', 'false']).default('false'),
  /** For fault tests, refused in production: where the process ends itself (docs/chaos.md). */
  TRIMTAB_CRASH_AT: z.string().optional(),
  NODE_ENV: z.string().optional(),
} as const;

/** What the shell itself needs; an app's configuration extends it: `z.object({ ...serviceConfig, … })`. */
export type ServiceConfig = z.infer<z.ZodObject<typeof serviceConfig>>;

const secret = /(PASSWORD|SECRET|TOKEN|KEY|CREDENTIAL|DATABASE_URL|NATS_URL)/;

/** A configuration that may be printed: secrets show as `***`. */
export function printableConfig(config: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      secret.test(name) && value !== undefined ? '***' : value,
    ]),
  );
}

/** The environment as a typed value. Throws `config.invalid`, which lists every problem by name and no value. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || '(all)'}: ${issue.message}`);
  throw new AppError(
    'config.invalid',
    `Set these variables right, then start again:\n  ${problems.join('\n  ')}`,
    {
      details: { problems },
    },
  );
}
