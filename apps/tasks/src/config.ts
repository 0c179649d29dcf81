import { allowListOf } from '@trimtab/contracts';
import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';

const names = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
const allowList = names.transform(allowListOf);

const schema = z.object({
  ...serviceConfig,
  /** Programs that `script.run` may start, by comma; `any`; none unless told. */
  TASKS_SCRIPTS: allowList,
  /** Hosts that `http.request` may reach (`api.example.com`, `*.example.com`, `localhost:8080`); `any`; none unless told. */
  TASKS_HOSTS: allowList,
  /** Variables that tasks may refer to as `{ env: NAME }`. */
  TASKS_ENV: names,
});
export type TasksConfig = z.infer<typeof schema>;

export const config = (): TasksConfig => parseConfig(schema, process.env);

/** The values of the named variables: kept apart from the configuration, which is logged. */
export const variables = (named: readonly string[]): ReadonlyMap<string, string> =>
  new Map(named.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** What a program needs to find other programs. */
export const searchPath = (): string => process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
