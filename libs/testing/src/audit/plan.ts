import type { AuditedWorkflow } from './history.js';

/** What an auditor reads from a definition, worked out anew: who needs whom, conditions, approvals, compensations. */
export class Plan {
  private readonly ancestors = new Map<string, ReadonlySet<string>>();

  constructor(private readonly workflow: AuditedWorkflow) {
    for (const id of Object.keys(workflow.definition.tasks)) this.ancestorsOf(id);
  }

  get tasks(): readonly string[] {
    return Object.keys(this.workflow.definition.tasks);
  }

  needsOf(id: string): readonly string[] {
    return this.workflow.definition.tasks[id]?.needs ?? [];
  }

  conditionOf(id: string): { readonly on: string; readonly above: number } | undefined {
    return this.workflow.conditions.get(id);
  }

  /** The task whose output a task is given, as far as its own output tells of it. */
  givenTo(id: string): string | undefined {
    return this.workflow.given?.get(id);
  }

  /** Approvals that a task needs directly. */
  approvalsOf(id: string): readonly string[] {
    return this.needsOf(id).filter((need) => this.workflow.definition.tasks[need]?.uses === 'approval');
  }

  isUndone(id: string): boolean {
    return this.workflow.definition.tasks[id]?.compensate !== undefined;
  }

  comesAfter(later: string, earlier: string): boolean {
    return this.ancestorsOf(later).has(earlier);
  }

  private ancestorsOf(id: string): ReadonlySet<string> {
    const known = this.ancestors.get(id);
    if (known) return known;
    const all = new Set(this.needsOf(id).flatMap((need) => [need, ...this.ancestorsOf(need)]));
    this.ancestors.set(id, all);
    return all;
  }
}

const UNDO = '~undo';

/** The task of the definition behind a key: `scan[3]~undo` → `scan`. */
export const taskOfKey = (key: string): string => keyUndone(key).split('[')[0] ?? key;
export const isUndo = (key: string): boolean => key.endsWith(UNDO);
export const keyUndone = (key: string): string => (isUndo(key) ? key.slice(0, -UNDO.length) : key);
