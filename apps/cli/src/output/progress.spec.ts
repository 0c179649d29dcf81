import { describe, expect, it } from '@jest/globals';
import type { RunDetail, TaskView } from '@trimtab/contracts';
import { phasesOf, ProgressDisplay } from './progress.js';
import { widthOf } from './width.js';

const task = (taskId: string, state: string, over: Partial<TaskView> = {}): TaskView => ({
  taskId,
  uses: 'test.work',
  state,
  attempt: 1,
  startedAt: null,
  endedAt: null,
  progress: null,
  reason: null,
  error: null,
  ...over,
});
const progress = (done: number, total: number, note: string | null = null) => ({
  progress: { done, total, note },
});

describe('phases of a run', () => {
  it('show a fan-out as one, by its instances', () => {
    const tasks = [
      task('scan', 'RUNNING'),
      task('scan[0]', 'COMPLETED'),
      task('scan[1]', 'RUNNING', progress(1, 2, 'ebs')),
    ];
    expect(phasesOf(tasks)).toEqual([{ name: 'scan', state: 'RUNNING', share: 0.75, note: '1 done ebs' }]);
    const over = [task('scan', 'COMPLETED'), task('scan[0]', 'COMPLETED'), task('scan[1]', 'COMPLETED')];
    expect(phasesOf(over)).toEqual([{ name: 'scan', state: 'COMPLETED', share: 1, note: '2/2' }]);
  });

  it('are failed when one of them is, and say why', () => {
    const error = { code: 'test.broken', message: 'It broke.', retry: 'never' } as const;
    const [phase] = phasesOf([
      task('a', 'FAILED'),
      task('a[0]', 'COMPLETED'),
      task('a[1]', 'FAILED', { error }),
    ]);
    expect(phase).toEqual({ name: 'a', state: 'FAILED', share: 1, note: '2/2 It broke.' });
  });

  it('wait until something of them starts, and never seem done before they are', () => {
    expect(phasesOf([task('a', 'PENDING')])[0]).toMatchObject({ state: 'PENDING', share: 0 });
    expect(phasesOf([task('a', 'RUNNING', progress(9, 9))])[0]?.share).toBe(0.99);
  });
});

describe('the display of a run', () => {
  const run = (taskList: TaskView[]) =>
    ({ id: 'r', workflow: 'optimize', status: 'RUNNING', durationMs: 10, taskList }) as unknown as RunDetail;
  const terminal = (live: boolean, columns = 60) => {
    const lines: string[] = [];
    const to = {
      json: false,
      debug: false,
      live,
      columns,
      out: () => undefined,
      err: (text: string) => void lines.push(text),
    };
    return { lines, display: new ProgressDisplay(to) };
  };

  it('prints one line per change where nothing can be drawn again', () => {
    const { lines, display } = terminal(false);
    display.show(run([task('a', 'RUNNING'), task('b', 'PENDING')]));
    display.show(run([task('a', 'RUNNING'), task('b', 'PENDING')]));
    display.show(run([task('a', 'COMPLETED'), task('b', 'WAITING', { reason: 'approval' })]));
    expect(lines).toEqual(['a: RUNNING', 'a: COMPLETED', 'b: WAITING (approval)']);
  });

  it('draws over itself on a terminal, and no line is wider than the screen', () => {
    const { lines, display } = terminal(true, 50);
    const noted = run([task('a', 'RUNNING', progress(1, 4, 'a note that is much too long for this screen'))]);
    display.show(noted);
    display.show(noted);
    display.end();
    expect(lines[0]).not.toContain('\u001b[2A');
    expect(lines[1]).toContain('\u001b[2A\u001b[J');
    expect(Math.max(...(lines[0] ?? '').split('\n').map(widthOf))).toBe(50);
  });
});
