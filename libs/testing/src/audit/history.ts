import type { StoredEvent } from '@trimtab/event-store';
import type { WorkflowDefinition } from '@trimtab/workflow';

/** A workflow together with what an auditor needs to know of it, in plain data. */
export interface AuditedWorkflow {
  readonly definition: WorkflowDefinition;
  /** Conditions of the form "`n` of the output of `on` is greater than `above`". */
  readonly conditions: ReadonlyMap<string, { readonly on: string; readonly above: number }>;
  /** By task, the one whose output it is given, where its own output says in `of` what `n` that one had. */
  readonly given?: ReadonlyMap<string, string>;
}

/** What is known of a message that travels over the bus. */
export interface MessageNote {
  readonly stream: string;
  readonly sequence: number;
  /** Place in a batch. */
  readonly entry?: number;
  readonly id: string;
  readonly runId?: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly claim?: number;
  /** The command of a handler that only computes: its answer is stored nowhere but on the bus. */
  readonly computed?: boolean;
}

/** One thing that really happened, as somebody outside of the system would have written it down. */
export type Fact =
  | { readonly kind: 'lease'; readonly partition: number; readonly epoch: number; readonly instance: string }
  | {
      readonly kind: 'commit';
      readonly partition: number;
      readonly epoch: number;
      readonly instance: string;
      readonly events: readonly StoredEvent[];
    }
  /** The newest claim; `lost`: those after it are gone with the database, and nothing came of them. */
  | { readonly kind: 'claim'; readonly command: string; readonly claim: number; readonly lost?: true }
  | { readonly kind: 'completed'; readonly command: string; readonly claim: number }
  /** An external effect took place. `key` names it across attempts; `token` is (attempt, claim). */
  | {
      readonly kind: 'effect';
      readonly key: string;
      readonly runId: string;
      readonly task: string;
      readonly token: readonly [number, number];
    }
  | ({ readonly kind: 'published' } & MessageNote)
  | ({ readonly kind: 'acked' } & MessageNote)
  | ({ readonly kind: 'buried' } & MessageNote)
  /** An event of a batch went on as a message of its own. */
  | ({ readonly kind: 'parted' } & MessageNote)
  | { readonly kind: 'storeDeleted' }
  /** A person's command was accepted: the answer reached the person. */
  | {
      readonly kind: 'accepted';
      readonly command: string;
      readonly runId: string;
      readonly by: string;
    }
  | { readonly kind: 'note'; readonly text: string };

export type Noted = Fact & { readonly at: number };

/** Everything an auditor may look at. */
export interface History {
  readonly seed: number;
  readonly facts: readonly Noted[];
  readonly workflows: ReadonlyMap<string, AuditedWorkflow>;
  /** Rows that list runs, as the store holds them at the end: status by run id. */
  readonly listed: ReadonlyMap<string, string>;
  /** Messages that are still in the streams CMD and RES: `<stream>:<sequence>`. */
  readonly pending: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, number>;
  readonly steps: number;
  /** Virtual milliseconds. */
  readonly lasted: number;
}

export class Journal {
  readonly facts: Noted[] = [];

  constructor(private readonly now: () => number) {}

  add(fact: Fact): void {
    this.facts.push({ ...fact, at: this.now() });
  }
}
