import type { Fact } from './history.js';
import { isUndo, keyUndone, taskOfKey } from './plan.js';
import type { RunModel } from './run-model.js';
import type { Complain } from './violation.js';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

/** What workers did to the world and to their inbox: at most once, in order, with leave, under the newest token. */
export class EffectsCheck {
  private readonly effects = new Set<string>();
  private readonly undone = new Map<string, string[]>();
  private readonly claims = new Map<string, number>();
  private readonly answered = new Set<string>();

  effect({ key, runId, task }: Of<'effect'>, run: RunModel | undefined, complain: Complain): void {
    if (this.effects.has(key)) complain('I2', `the effect ${key} took place twice`);
    this.effects.add(key);
    if (isUndo(task)) return this.undo(runId, task, run, complain);
    if (this.effects.has(`${key}~undo`)) complain('I2', `the effect ${key} took place after it was undone`);
    for (const approval of run?.plan.approvalsOf(taskOfKey(task)) ?? [])
      if (!run?.granted.has(approval)) complain('I12', `${key} took place without ${approval}`);
  }

  claim({ command, claim, lost }: Of<'claim'>): void {
    this.claims.set(command, lost ? claim : Math.max(claim, this.claims.get(command) ?? 0));
  }

  completed({ command, claim }: Of<'completed'>, complain: Complain): void {
    const newest = this.claims.get(command) ?? 0;
    if (claim < newest)
      complain('I7', `claim ${claim} of ${command} stored a result, the newest is ${newest}`);
    if (this.answered.has(command)) complain('I2', `${command} was worked on to the end twice`);
    this.answered.add(command);
  }

  hasAnswered(command: string): boolean {
    return this.answered.has(command);
  }

  private undo(runId: string, task: string, run: RunModel | undefined, complain: Complain): void {
    const key = keyUndone(task);
    if (!this.effects.has(`${runId}/${key}`)) complain('I2', `${runId}/${task} undid what never took place`);
    const before = this.undone.get(runId) ?? [];
    const wrong = before.filter((earlier) => run?.plan.comesAfter(taskOfKey(key), taskOfKey(earlier)));
    if (wrong.length > 0)
      complain('I8', `${runId}/${key} was undone after ${wrong.join(', ')}, which it needs`);
    this.undone.set(runId, [...before, key]);
  }
}
