import { describe, expect, it } from '@jest/globals';
import { Configuration, streams } from '@trimtab/contracts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, matchesGlob } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile;
const entries = Object.entries(compose.services);
const ours = entries.filter(([, { build }]) => build);
const workers = ours.filter(([, { command }]) => command?.[1] === 'libs/service/dist/host.js');

/** What docker compose makes of `${NAME:-default}` when nothing is set. */
const withDefaults = (text: string | number): string =>
  String(text).replace(/\$\{\w+:-([^}]*)\}/g, (_all, value: string) => value);

const appsWithService = readdirSync(join(root, 'apps')).filter((name) => {
  const index = join(root, 'apps', name, 'src/index.ts');
  return existsSync(index) && /export const service\b/.test(readFileSync(index, 'utf8'));
});

type Env = Readonly<Record<string, string>>;

/** Runs the app's only reader of the environment on `env` alone; unknown variables are not in what it returns. */
async function configOf(app: string, env: Env): Promise<object> {
  const url = pathToFileURL(join(root, 'apps', app, 'src/config.ts')).href;
  const module = (await import(url)) as Record<string, unknown>;
  const readers = Object.values(module).filter((value) => typeof value === 'function');
  const before = process.env;
  process.env = { ...env };
  try {
    return (readers[0] as () => object)();
  } finally {
    process.env = before;
  }
}

const environmentOf = ({ environment = {} }: ComposeService): Env =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, withDefaults(value)]));

/** Read by the AWS SDK, not by a service. */
const forTheSdk = (name: string): boolean => name.startsWith('AWS_');
/** Read by Node itself. */
const forNode = (name: string): boolean => name === 'NODE_OPTIONS';

describe('docker-compose.yml', () => {
  it('starts every app that is a service, under its name, and nothing that is none', () => {
    expect(workers.map(([name]) => name).sort()).toEqual(appsWithService.sort());
    for (const [name, { command }] of workers) expect(command?.slice(2)).toEqual([name]);
    const others = entries.filter(([name]) => !workers.some(([worker]) => worker === name));
    expect(others.map(([name]) => name).sort()).toEqual(['cloud-sim', 'jaeger', 'nats', 'postgres']);
    expect(compose.services['cloud-sim']?.profiles).toEqual(['demo']);
  });

  it.each(workers)('sets what %s must have and nothing that it does not know', async (name, service) => {
    const env = environmentOf(service);
    const config = await configOf(name, env);
    const others = Object.keys(env).filter((variable) => !(variable in config));
    expect(others.filter((variable) => !forTheSdk(variable) && !forNode(variable))).toEqual([]);
    expect(config).toMatchObject({ NATS_URL: 'nats://nats:4222', HEALTH_PORT: 8080 });
  });

  it('sets only variables that the simulated cloud knows', () => {
    const known = new Set(read('apps/cloud-sim/src/config.ts').match(/CLOUD_SIM_[A-Z_]+/g));
    for (const name of Object.keys(compose.services['cloud-sim']?.environment ?? {}))
      expect(known).toContain(name);
  });

  it('hands cloud credentials only to the services that talk to the cloud', () => {
    const given = entries.filter(([, service]) => Object.keys(environmentOf(service)).some(forTheSdk));
    expect(given.map(([name]) => name).sort()).toEqual(['discovery', 'execution']);
  });

  it('holds no secret: passwords and keys come from outside, with local defaults', () => {
    for (const [, service] of entries)
      for (const [name, value] of Object.entries(service.environment ?? {}))
        if (/PASSWORD|SECRET|TOKEN|ACCESS_KEY/.test(name)) expect(String(value)).toMatch(/^\$\{\w+:-\w*\}$/);
    expect(read('docker-compose.yml')).not.toMatch(/AKIA[0-9A-Z]{16}/);
  });

  it('builds from files that exist and mounts files and volumes that exist', () => {
    for (const [, { build }] of ours) {
      expect(existsSync(join(root, build?.context ?? '?'))).toBe(true);
      expect(existsSync(join(root, build?.dockerfile ?? '?'))).toBe(true);
    }
    for (const mount of entries.flatMap(([, { volumes = [] }]) => volumes)) {
      const [source = ''] = withDefaults(mount).split(':');
      if (source.startsWith('.'))
        expect({ source, there: existsSync(join(root, source)) }).toEqual({ source, there: true });
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('publishes each port once and on loopback only', () => {
    const published = entries.flatMap(([, { ports = [] }]) => ports.map(withDefaults));
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const onHost = published.map((port) => port.split(':')[1]);
    expect(new Set(onHost).size).toBe(onHost.length);
  });

  it('reaches other containers by names and ports that they have', () => {
    const urls = workers
      .flatMap(([, service]) => Object.values(environmentOf(service)))
      .filter((value) => value.includes('://'));
    for (const url of urls) expect(Object.keys(compose.services)).toContain(new URL(url).hostname);
    expect(read('infra/nats/nats.conf')).toMatch(/^port: 4222$/m);
    expect(compose.services['nats']?.healthcheck?.test.join(' ')).toContain(':8222/');
    expect(read('infra/nats/nats.conf')).toMatch(/^http_port: 8222$/m);
    expect(Object.keys(environmentOf(compose.services['gateway'] as ComposeService))).toContain(
      'GATEWAY_HOST',
    );
  });

  it('waits for servers that say when they are healthy, and asks every service how it is', () => {
    for (const [, { healthcheck, depends_on: needs }] of workers) {
      expect(healthcheck?.test.join(' ')).toContain(':8080/health/ready');
      expect(needs).toEqual({
        nats: { condition: 'service_healthy' },
        postgres: { condition: 'service_healthy' },
      });
    }
    for (const name of ['nats', 'postgres', 'cloud-sim'])
      expect(compose.services[name]?.healthcheck).toBeDefined();
  });

  it('pins every image to a version', () => {
    const images = entries.filter(([, { build }]) => !build).map(([, { image }]) => image);
    for (const image of images) expect(image).toMatch(/^[\w./-]+:\d+\.\d+/);
    expect(read('infra/docker/Dockerfile')).toMatch(/^FROM node:\d+\.\d+\.\d+-/m);
  });
});

describe('the NATS server of docker compose', () => {
  it('waits for the disk and has room for all streams', () => {
    const config = read('infra/nats/nats.conf');
    expect(config).toMatch(/sync_interval: always/);
    const room = Number(/max_file_store: (\d+)GB/.exec(config)?.[1]) * 1024 ** 3;
    expect(room).toBeGreaterThan(streams.reduce((sum, { maxBytes = 0 }) => sum + maxBytes, 0));
  });
});

describe('infra/docker/Dockerfile', () => {
  const copies = [...read('infra/docker/Dockerfile').matchAll(/^COPY (?!--from)(.+)$/gm)].map(
    ([, rest = '']) =>
      rest
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
  );
  const ignored = read('infra/docker/Dockerfile.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('copies only what exists and what its ignore file lets through', () => {
    expect(copies.flat().length).toBeGreaterThan(5);
    for (const source of copies.flat()) {
      expect({ source, there: existsSync(join(root, source)) }).toEqual({ source, there: true });
      const parts = source.split('/').map((_part, i, all) => all.slice(0, i + 1).join('/'));
      expect(parts.filter((part) => ignored.some((pattern) => matchesGlob(part, pattern)))).toEqual([]);
    }
  });

  it('runs files that the image holds', () => {
    for (const [, { command = [] }] of ours) {
      const source = (command[1] ?? '').replace('/dist/', '/src/').replace(/\.js$/, '.ts');
      expect(existsSync(join(root, source.startsWith('libs') ? source : (command[1] ?? '?')))).toBe(true);
    }
  });

  it('keeps every package that the services import when development packages go', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const kept = (name: string): boolean =>
      packages[`node_modules/${name}`]?.dev === undefined && `node_modules/${name}` in packages;
    const missing = runtimeSources().flatMap((file) =>
      packagesIn(file)
        .filter((name) => !kept(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  function runtimeSources(): string[] {
    const projects = ['apps', 'libs'].flatMap((group) =>
      readdirSync(join(root, group)).map((name) => `${group}/${name}`),
    );
    return projects
      .filter(
        (project) =>
          !['libs/testing', 'apps/e2e'].includes(project) && existsSync(join(root, project, 'src')),
      )
      .flatMap((project) =>
        readdirSync(join(root, project, 'src'), { recursive: true, encoding: 'utf8' }).map(
          (file) => `${project}/src/${file}`,
        ),
      )
      .filter(
        (file) =>
          file.endsWith('.ts') && !/\.spec\.ts$|\/testing(\.ts|\/)|fixtures|\.contract\.ts$/.test(file),
      );
  }

  /** Packages whose values a file imports (types vanish when it is compiled). */
  function packagesIn(file: string): string[] {
    const imports = read(file).matchAll(
      /^(?:import|export)\s(?!type\b)[^;]*?from '([^'.][^']*)'|import\('([^'.][^']*)'\)/gm,
    );
    return [...imports]
      .map(([, named, dynamic]) => named ?? dynamic ?? '')
      .filter((name) => !isBuiltin(name) && !name.startsWith('@trimtab/'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      );
  }
});

describe('the demo profile', () => {
  it('has a configuration that is valid and speaks to its simulated cloud', () => {
    const config = Configuration.parse(parse(read('infra/docker/demo.yaml')));
    expect(new URL(config.cloud.endpoint ?? '').hostname).toBe('cloud-sim');
    expect(read('infra/docker/demo.env')).toContain(`AKIASIM${config.cloud.accounts[0]?.id}`);
    expect(read('infra/docker/cloud-sim.mjs')).toContain(`?? ${new URL(config.cloud.endpoint ?? '').port})`);
  });
});
