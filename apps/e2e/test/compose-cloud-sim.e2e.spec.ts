import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { freePort } from '@trimtab/embedded/testing';
import type { FaultyProcess } from '@trimtab/testing';
import { startProcess } from '@trimtab/testing';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { inRepository } from '../src/root.js';

const demo = parse(readFileSync(inRepository('infra/docker/demo.yaml'), 'utf8')) as {
  cloud: { accounts: { id: string; name: string }[]; regions: string[] };
  budgets: unknown[];
};
const keys = Object.fromEntries(
  [...readFileSync(inRepository('infra/docker/demo.env'), 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value],
  ),
);

/** When the configuration of the demo was written: what the company is used to spend, and so its limits, move with the days. */
const WRITTEN = '2026-11-21T12:00:00Z';

describe('the simulated cloud of docker compose', () => {
  let front: string;
  let inner: string;
  let program: FaultyProcess;

  async function start(): Promise<FaultyProcess> {
    const frontPort = await freePort();
    let innerPort = frontPort;
    while (innerPort === frontPort) innerPort = await freePort();
    front = `http://127.0.0.1:${frontPort}`;
    inner = `http://127.0.0.1:${innerPort}`;
    return startProcess({
      entry: inRepository('infra/docker/cloud-sim.mjs'),
      env: {
        FRONT_PORT: String(frontPort),
        CLOUD_SIM_PORT: String(innerPort),
        CLOUD_SIM_SEED: keys['CLOUD_SIM_SEED'],
        CLOUD_SIM_NOW: WRITTEN,
      },
      ready: { line: /"ready":true/ },
      timeoutMs: 180_000,
    });
  }

  beforeAll(async () => {
    // Somebody else may take a port between the look and the start.
    program = await start().catch(start);
  });
  afterAll(() => program?.stop());

  it('answers the AWS SDK with the keys of the demo', async () => {
    const credentials = {
      accessKeyId: keys['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: keys['AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    const client = new STSClient({ endpoint: front, region: keys['AWS_REGION'] ?? '', credentials });
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
    expect(Account).toBe(demo.cloud.accounts[0]?.id);
  });

  it('keeps its control API, and the planted truth behind it, to itself', async () => {
    for (const path of ['/_sim/company', '/_sim/state', '/_sim'])
      expect((await fetch(front + path)).status).toBe(403);
  });

  it('is the company that the configuration of the demo describes', async () => {
    const company = (await (await fetch(`${inner}/_sim/company`)).json()) as typeof demo.cloud & {
      budgets: unknown[];
    };
    expect(demo.cloud.accounts).toMatchObject(company.accounts);
    expect(demo.cloud.regions).toEqual(company.regions);
    expect(demo.budgets).toEqual(company.budgets);
  });

  it('ends when it is told to', async () => {
    await program.stop();
    await expect(fetch(front)).rejects.toThrow();
  });
});
