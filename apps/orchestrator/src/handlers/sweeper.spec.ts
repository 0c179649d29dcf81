import { describe, expect, it } from '@jest/globals';
import { liveRun } from '../domain/live-run.js';
import type { LiveRun, Send } from '../domain/live-run.js';
import type { GivenOut } from '../outbound/held-commands.js';
import { HeldCommands } from '../outbound/held-commands.js';
import type { Dispatcher } from './dispatcher.js';
import { Sweeper } from './sweeper.js';
import type { World } from './world.js';

const SUBJECT = 'trimtab.cmd.test.default.work';

class Broker extends HeldCommands {
  asked = 0;
  givenOutUntil = Infinity;
  constructor(public oldestPlace: number | undefined) {
    super();
  }
  override newest(): Promise<number> {
    return Promise.resolve(100);
  }
  override oldest(): Promise<number | undefined> {
    this.asked += 1;
    return Promise.resolve(this.oldestPlace);
  }
  override givenOut(): Promise<GivenOut> {
    return Promise.resolve(() => this.givenOutUntil);
  }
}

/** Runs of an earlier owner, each with a command that was sent when the stream had a hundred at most. */
function given(count: number, oldestPlace: number | undefined) {
  const clock = { ms: 0 };
  const held = new Broker(oldestPlace);
  const again: [string, number][] = [];
  const lookedFor: number[] = [];
  const holds = (sequence: number): Promise<boolean> => Promise.resolve(lookedFor.push(sequence) > 0);
  const logger = { info: () => undefined };
  const world = { clock, held, bus: { holds }, resendAfterMs: 20_000, logger } as unknown as World;
  const dispatcher = {
    resend: (run: LiveRun, task: string, number: number) => {
      again.push([run.runId, number]);
      run.sends.delete(task);
      return Promise.resolve();
    },
  } as unknown as Dispatcher;
  const runs = Array.from({ length: count }, (_, i) => {
    const run = liveRun(`r${i}`, {} as LiveRun['workflow'], {} as LiveRun['state'], {}, 0);
    const send: Send = { attempt: 1, number: 1, subject: SUBJECT, sentBefore: 100, sentAtMs: 0 };
    run.sends.set('work', send);
    return run;
  });
  const sweeper = new Sweeper(world, dispatcher);
  const sweepAt = (ms: number, lost = false): Promise<void> => {
    clock.ms = ms;
    return sweeper.sweep(runs, lost);
  };
  const sends = runs.flatMap((run) => [...run.sends.values()]);
  return { held, again, lookedFor, sends, sweepAt };
}

describe('commands that an earlier owner sent', () => {
  it('are not sent again while the broker holds some of their time, which it is asked once a sweep', async () => {
    const { held, again, sweepAt } = given(3, 100);
    for (const ms of [5_000, 10_000, 15_000]) await sweepAt(ms);
    expect([again, held.asked]).toEqual([[], 3]);
  });

  it('are sent again under the next number once the broker has let go of all of them and no result came', async () => {
    const { held, again, sweepAt } = given(2, 40);
    await sweepAt(5_000);
    held.oldestPlace = 101;
    await sweepAt(10_000);
    expect(again).toEqual([]);
    await sweepAt(15_000);
    expect(again).toEqual([
      ['r0', 2],
      ['r1', 2],
    ]);
  });

  it('are not sent again while workers have not come to them, however long that takes', async () => {
    const { held, again, sweepAt } = given(3, 1);
    held.givenOutUntil = 99;
    for (const ms of [5_000, 3_600_000, 7_200_000]) await sweepAt(ms);
    expect([again, held.asked]).toEqual([[], 0]);
    held.givenOutUntil = 100;
    await sweepAt(7_250_000);
    expect(again).toEqual([]);
    await sweepAt(7_265_000);
    expect(again).toHaveLength(3);
  });

  it('are sent again as they were when one stays with the broker for ever', async () => {
    const { again, sweepAt } = given(1, 1);
    await sweepAt(60_000);
    expect(again).toEqual([]);
    await sweepAt(65_000);
    expect(again).toEqual([['r0', 1]]);
  });
});

describe('commands whose decision is not stored yet', () => {
  it('are not sent again, however long that takes, and are looked for once it is', async () => {
    const { again, sends, sweepAt } = given(1, 101);
    for (const send of sends) send.undecided = true;
    for (const ms of [60_000, 3_600_000]) await sweepAt(ms);
    expect(again).toEqual([]);
    for (const send of sends) send.undecided = false;
    for (const ms of [3_610_000, 3_620_000]) await sweepAt(ms);
    expect(again).toEqual([['r0', 1]]);
  });

  it('are sent again once it is when the broker lost them, whatever is in their place by then', async () => {
    const { again, lookedFor, sends, sweepAt } = given(1, 1);
    for (const send of sends)
      Object.assign(send, { undecided: true, sequence: 7, sentBefore: undefined, sentAtMs: 60_000 });
    await sweepAt(61_000, true);
    for (const send of sends) send.undecided = false;
    for (const ms of [62_000, 70_000]) await sweepAt(ms);
    expect([again, lookedFor]).toEqual([[['r0', 1]], []]);
  });
});

describe('commands in a long queue', () => {
  it('are not asked for one by one: only what workers were given can be lost', async () => {
    const { held, lookedFor, sends, sweepAt } = given(3_000, undefined);
    sends.forEach((send, i) => Object.assign(send, { sequence: i + 1, sentBefore: undefined }));
    held.givenOutUntil = 2;
    for (const ms of [30_000, 60_000]) await sweepAt(ms);
    expect(lookedFor).toEqual([1, 2, 1, 2]);
  });
});
