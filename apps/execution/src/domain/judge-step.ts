import type { ResourceType } from '@trimtab/contracts';
import { sameRules } from './facts.js';
import type { Outputs, Step, StepName, StepOf } from './step.js';
import type { Live, LiveOf, Target } from './target.js';

/**
 * How live state stands to a step: `pending` = not in effect and possible now, `blocked` = possible later (something
 * else is under way), `under-way` = accepted and not finished, `done` = in effect, `foreign` = the state is one that
 * neither the start nor the end of the step explains.
 */
export type Judgement = 'pending' | 'blocked' | 'under-way' | 'done' | 'foreign';

interface StepRule<N extends StepName> {
  readonly target: (step: StepOf<N>, outputs: Outputs) => Target;
  readonly judge: (live: Live | undefined, step: StepOf<N>) => Judgement;
}

/** What tells whether a step is in effect. */
export const targetOfStep = (step: Step, outputs: Outputs): Target => ruleOf(step).target(step, outputs);

/** `live` is what was read at the step's target. */
export const judgeStep = (step: Step, live: Live | undefined): Judgement => ruleOf(step).judge(live, step);

type AnyRule = StepRule<StepName>;
const ruleOf = (step: Step): AnyRule => rules[step.do] as AnyRule;

/** A step on the resource that it names. The target says what was read, so the live state is of its type. */
const on = <T extends ResourceType, N extends StepName>(
  type: T,
  judge: (live: LiveOf<T> | undefined, step: StepOf<N>) => Judgement,
): StepRule<N> => ({
  target: (step) => ({ by: 'id', type, id: (step as { id: string }).id }),
  judge: (live, step) => judge(live as LiveOf<T> | undefined, step),
});

/** A table of states: what is not in it is foreign. */
const states =
  (table: Readonly<Record<string, Judgement>>) =>
  (state: string | undefined): Judgement =>
    table[state ?? 'gone'] ?? 'foreign';

const stopping = states({ running: 'pending', pending: 'blocked', stopping: 'under-way', stopped: 'done' });
const starting = states({ stopped: 'pending', stopping: 'blocked', pending: 'under-way', running: 'done' });
const deletedVolume = states({
  available: 'pending',
  creating: 'blocked',
  deleting: 'under-way',
  deleted: 'done',
  gone: 'done',
});
const terminating = states({
  running: 'pending',
  stopped: 'pending',
  pending: 'blocked',
  stopping: 'blocked',
  'shutting-down': 'under-way',
  terminated: 'done',
  gone: 'done',
});
const snapshotMade = states({ gone: 'pending', pending: 'under-way', completed: 'done' });
const volumeMade = states({ gone: 'pending', creating: 'under-way', available: 'done', 'in-use': 'done' });

/** RDS passes through states of its own (backing-up, configuring-…): those are waited for. */
const databaseMoves =
  (from: string, via: string, to: string) =>
  (live: LiveOf<'rds:db-instance'> | undefined): Judgement => {
    if (!live) return 'foreign';
    if (live.status === to) return 'done';
    if (live.status === via) return 'under-way';
    return live.status === from ? 'pending' : 'blocked';
  };

const whenThere = (live: unknown, done: boolean): Judgement => {
  if (live === undefined) return 'foreign';
  return done ? 'done' : 'pending';
};

const goneWhenMissing = (live: unknown): Judgement => (live === undefined ? 'done' : 'pending');

function releasedAddress(live: LiveOf<'ec2:elastic-ip'> | undefined): Judgement {
  if (!live) return 'done';
  return live.associationId === undefined && live.instanceId === undefined ? 'pending' : 'foreign';
}

const given = (change: object): [string, unknown][] =>
  Object.entries(change).filter(([, value]) => value !== undefined);

const holds = (live: object, change: object): boolean =>
  given(change).every(([key, value]) => (live as Record<string, unknown>)[key] === value);

function modifiedVolume(live: LiveOf<'ec2:volume'> | undefined, step: StepOf<'modify-volume'>): Judgement {
  if (!live || (live.state !== 'available' && live.state !== 'in-use')) return 'foreign';
  if (holds(live, step.change)) return live.modification === 'modifying' ? 'under-way' : 'done';
  return live.modification === 'modifying' || live.modification === 'optimizing' ? 'blocked' : 'pending';
}

function typedInstance(
  live: LiveOf<'ec2:instance'> | undefined,
  step: StepOf<'set-instance-type'>,
): Judgement {
  if (live && live.instanceType === step.instanceType) return 'done';
  return states({ stopped: 'pending', stopping: 'blocked' })(live?.state);
}

function storedDatabase(
  live: LiveOf<'rds:db-instance'> | undefined,
  step: StepOf<'modify-database-storage'>,
): Judgement {
  if (!live) return 'foreign';
  const accepted = holds(live, step.storage) || live.pending.storageType === step.storage.storageType;
  if (accepted) return live.status === 'modifying' || live.pending.storageType ? 'under-way' : 'done';
  return live.status === 'available' || live.status === 'stopped' ? 'pending' : 'blocked';
}

const rules: { readonly [N in StepName]: StepRule<N> } = {
  'stop-instance': on('ec2:instance', (live) => stopping(live?.state)),
  'start-instance': on('ec2:instance', (live) => starting(live?.state)),
  'set-instance-type': on('ec2:instance', typedInstance),
  'terminate-instance': on('ec2:instance', (live) => terminating(live?.state)),
  'modify-volume': on('ec2:volume', modifiedVolume),
  'delete-volume': on('ec2:volume', (live) => deletedVolume(live?.state)),
  'create-snapshot': {
    target: ({ mark }) => ({ by: 'snapshot-mark', mark }),
    judge: (live) => snapshotMade((live as LiveOf<'ec2:snapshot'> | undefined)?.state),
  },
  'create-volume': {
    target: (_step, { volumeId: id }) => (id ? { by: 'id', type: 'ec2:volume', id } : { by: 'nothing' }),
    judge: (live) => volumeMade((live as LiveOf<'ec2:volume'> | undefined)?.state),
  },
  'delete-snapshot': on('ec2:snapshot', goneWhenMissing),
  'release-address': on('ec2:elastic-ip', releasedAddress),
  'allocate-address': {
    target: ({ publicIp }) => ({ by: 'public-ip', publicIp }),
    judge: (live) => (live ? 'done' : 'pending'),
  },
  'stop-database': on('rds:db-instance', databaseMoves('available', 'stopping', 'stopped')),
  'start-database': on('rds:db-instance', databaseMoves('stopped', 'starting', 'available')),
  'modify-database-storage': on('rds:db-instance', storedDatabase),
  'put-concurrency': on('lambda:function', (live, { reserved }: StepOf<'put-concurrency'>) =>
    whenThere(live, live?.reservedConcurrency === reserved),
  ),
  'delete-concurrency': on('lambda:function', (live) =>
    whenThere(live, live?.reservedConcurrency === undefined),
  ),
  'put-lifecycle': on('s3:bucket', (live, step: StepOf<'put-lifecycle'>) =>
    whenThere(live, sameRules(live?.lifecycleRules, step.rules)),
  ),
  'delete-lifecycle': on('s3:bucket', (live) => whenThere(live, (live?.lifecycleRules ?? []).length === 0)),
  'delete-load-balancer': on('elasticloadbalancing:loadbalancer', goneWhenMissing),
  'put-retention': on('logs:log-group', (live, { days }: StepOf<'put-retention'>) =>
    whenThere(live, live?.retentionInDays === days),
  ),
  'delete-retention': on('logs:log-group', (live) => whenThere(live, live?.retentionInDays === undefined)),
};

/** What a step made, told from what was found of it. */
export function outputsFound(step: Step, live: Live | undefined): Outputs {
  if (!live) return {};
  if (step.do === 'create-snapshot') return { snapshotId: (live as LiveOf<'ec2:snapshot'>).id };
  return step.do === 'allocate-address'
    ? { allocationId: (live as LiveOf<'ec2:elastic-ip'>).allocationId }
    : {};
}
