import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestPostgres, testFolder } from '@trimtab/embedded/testing';
import { toErrorInfo } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import { orderOf, orders } from '../workflows.js';

const SIZE = '400m';
const patience = { timeoutMs: 90_000, intervalMs: 200 };
const block = Buffer.alloc(1_048_576);

/** A file system of its own that can be full without hurting anybody; undefined where this user may mount none. */
function smallDisk(context: ChaosContext): string | undefined {
  const folder = testFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'tmpfs', folder]);
  if (mounted.status !== 0) return undefined;
  context.later(async () => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Writes until nothing more fits; returns how to make room again. */
function fill(folder: string): () => void {
  const file = join(folder, 'filler');
  const handle = openSync(file, 'w');
  for (let size = block.length; size >= 1;) {
    try {
      writeSync(handle, block, 0, size);
    } catch {
      size = size >> 4;
    }
  }
  closeSync(handle);
  return () => rmSync(file);
}

export const diskFull: Scenario = {
  fault: 31,
  title:
    'the disk of Postgres is full under load, then has room again (a tmpfs; not covered: the disk of NATS, which gives JetStream up until it is restarted)',
  promise: 'appends fail cleanly, the API says to come back later, everything recovers without repair',
  async run(context): Promise<Figures> {
    const folder = smallDisk(context);
    if (folder === undefined) return { skipped: 'this user may not mount a file system' };
    const postgres = await startTestPostgres(folder);
    context.later(() => postgres.stop());
    const engine = await context.engine({ databaseUrl: postgres.url });
    const client = await engine.gateway();
    const pids = engine.pids();
    const waiting = await engine.begin(orderOf('hold', 0));
    const begun = engine.beginAll(orders(context.random, context.of(10, 60), 300));
    await sleep(context.random.between(200, 600));
    const makeRoom = fill(folder);
    let asked = 0;
    const refusal = await eventually(async () => {
      const body = { actor: 'ada', idempotencyKey: `pause-${(asked += 1)}` };
      const pause = client.call('pauseRun', { params: { runId: waiting.runId }, body });
      return pause.then(
        () =>
          client
            .call('resumeRun', { params: { runId: waiting.runId }, body })
            .then(() => undefined, toErrorInfo),
        toErrorInfo,
      );
    }, patience);
    context.expect(refusal.retry === 'later', `the API answered ${refusal.code} (${refusal.retry})`);
    makeRoom();
    // Whoever looks after a server starts it again when it gave up.
    if (postgres.pid === undefined) await postgres.start();
    await engine.people.ask('resume-run', { runId: waiting.runId }).catch(() => undefined);
    await engine.people.ask('signal-run', { runId: waiting.runId, name: 'go' });
    await begun;
    await context.expectEnds(engine, 180_000);
    context.expect(String(engine.pids()) === String(pids), 'a process ended');
    return { runs: engine.started.length, apiSaid: refusal.code };
  },
};
