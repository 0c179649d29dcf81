import type { LifecycleRule } from '@trimtab/cloud';
import { z } from 'zod';
import { defineAction, wayBack } from '../action-definition.js';

export const reserveZeroConcurrency = defineAction({
  kind: 'lambda.reserve-zero-concurrency',
  resourceType: 'lambda:function',
  parameters: z.strictObject({}),
  unfit: ({ attributes }) =>
    attributes.reservedConcurrency === 0 ? 'nothing can call it already' : undefined,
  procedure: ({ id, before: { reservedConcurrency: former } }) => ({
    steps: [{ do: 'put-concurrency', id, reserved: 0 }],
    leaves: { reservedConcurrency: 0 },
    rollback: wayBack(
      [
        former === undefined
          ? { do: 'delete-concurrency', id }
          : { do: 'put-concurrency', id, reserved: former },
      ],
      { reservedConcurrency: former ?? null },
    ),
    restoreOnFailure: false,
  }),
});

export const putRetention = defineAction({
  kind: 'logs.put-retention',
  resourceType: 'logs:log-group',
  parameters: z.strictObject({ retentionInDays: z.int().positive() }),
  unfit: ({ attributes }, { retentionInDays }) =>
    attributes.retentionInDays === retentionInDays ? 'its retention is that already' : undefined,
  procedure: ({ id, parameters: { retentionInDays: days }, before: { retentionInDays: former } }) => ({
    steps: [{ do: 'put-retention', id, days }],
    leaves: { retentionInDays: days },
    rollback: wayBack(
      [former === undefined ? { do: 'delete-retention', id } : { do: 'put-retention', id, days: former }],
      { retentionInDays: former ?? null },
      'Log events that have expired meanwhile do not come back.',
    ),
    restoreOnFailure: false,
  }),
});

const RULE_ID = 'trimtab-abort-incomplete-uploads';

export const putLifecycle = defineAction({
  kind: 's3.put-lifecycle',
  resourceType: 's3:bucket',
  parameters: z.strictObject({ abortIncompleteMultipartUploadDays: z.int().positive() }),
  procedure: ({ id, parameters, before: { lifecycleRules: former = [] } }) => {
    const rules = merged(former, parameters.abortIncompleteMultipartUploadDays);
    return {
      steps: [{ do: 'put-lifecycle', id, rules }],
      leaves: { lifecycleRules: rules },
      rollback: wayBack(
        [
          former.length === 0
            ? { do: 'delete-lifecycle', id }
            : { do: 'put-lifecycle', id, rules: plain(former) },
        ],
        { lifecycleRules: former.length === 0 ? null : plain(former) },
      ),
      restoreOnFailure: false,
    };
  },
});

/** A put replaces the whole configuration: every rule of others stays, ours is added or replaced. */
export function merged(former: readonly LifecycleRule[], days: number): Record<string, unknown>[] {
  const others = former.filter((rule) => rule['ID'] !== RULE_ID);
  // Rules of the first generation carry their prefix at the top; a configuration is of one generation.
  const scope = others.some((rule) => 'Prefix' in rule) ? { Prefix: '' } : { Filter: { Prefix: '' } };
  const ours = {
    ID: RULE_ID,
    Status: 'Enabled',
    ...scope,
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
  };
  return [...plain(others), ours];
}

/** As it is stored: dates are text. */
const plain = (rules: readonly LifecycleRule[]): Record<string, unknown>[] =>
  JSON.parse(JSON.stringify(rules)) as Record<string, unknown>[];
