import type { AdaptiveTrigger } from '@trimtab/contracts';
import type { Adapted } from '@trimtab/workflow';
import type { LiveRun } from '../live-run.js';

/** What a trigger that is on asks of a run. */
export type RunChange = Adapted;

/** The changes of single runs among a trigger's actions; the others concern the engine as a whole. */
export const changesIn = ({ name: policy, service, actions }: AdaptiveTrigger, reason: string): RunChange[] =>
  actions.flatMap((action): RunChange[] => {
    switch (action.do) {
      case 'concurrency':
        return [{ policy, reason, change: { do: action.do, service, share: action.share } }];
      case 'skip-optional':
        return [{ policy, reason, change: { do: action.do, service } }];
      case 'branch':
        return [{ policy, reason, change: { do: action.do, service, name: action.name } }];
      case 'prefer-pool':
      case 'scale-hint':
        return [];
    }
  });

/** What a run lacks of the changes that are wanted, and has although they are not. */
export function dueChanges(
  { state, workflow }: LiveRun,
  wanted: readonly RunChange[],
): { one: RunChange; on: boolean }[] {
  const has = state.adapted ?? [];
  if (wanted.length === 0 && has.length === 0) return [];
  const serves = ({ change }: RunChange): boolean =>
    [...workflow.tasks.values()].some(({ definition }) => definition.uses.startsWith(`${change.service}.`));
  return [
    ...wanted.filter((one) => !isIn(has, one) && serves(one)).map((one) => ({ one, on: true })),
    ...has.filter((one) => !isIn(wanted, one)).map((one) => ({ one, on: false })),
  ];
}

const isIn = (list: readonly RunChange[], { policy, change }: RunChange): boolean =>
  list.some((one) => one.policy === policy && one.change.do === change.do);
