import { describe, expect, it } from '@jest/globals';
import { aLogGroup, anInstance, aVolume } from '@trimtab/cloud/testing';
import type { Recommendation, Resource, Risk } from '@trimtab/contracts';
import { compareMoney } from '@trimtab/kernel';
import fc from 'fast-check';
import { asOf, recommend, scanned, settings } from '../../test/arrange.js';
import { sha256 } from '../handlers/sha256.js';
import { checkApproval, grantOf } from './approval.js';
import { digestOfPlan, planActions } from './plan-actions.js';
import type { PlanRequest } from './plan-actions.js';

const risks: readonly Risk[] = ['L', 'M', 'H', 'X'];
const groups = Array.from({ length: 12 }, (_, i) =>
  scanned('logs:log-group', aLogGroup({ name: `group-${i}` })),
);

const finding = fc
  .record({
    group: fc.constantFrom(...groups),
    risk: fc.constantFrom(...risks),
    cents: fc.nat(100_000),
    days: fc.constantFrom(7, 30),
  })
  .map(({ group, risk, cents, days }) => ({
    ...recommend(
      group,
      'logs.put-retention',
      { retentionInDays: days },
      { risk, usd: (cents / 100).toFixed(2) },
    ),
    id: `check:${group.id}:${days}:${risk}:${cents}`,
  }));
const findings = fc.uniqueArray(finding, { selector: (one) => one.id, maxLength: 20 });

const request = (
  recommendations: readonly Recommendation[],
  more: Partial<PlanRequest> = {},
  resources: readonly Resource[] = groups,
): PlanRequest => ({
  runId: 'run',
  settings: settings('live'),
  recommendations,
  inventory: new Map(resources.map((one) => [one.arn, one])),
  createdAt: asOf,
  sha256,
  ...more,
});

describe('a plan', () => {
  it('is the same whatever the order of the findings, and its digest is that of its content', () => {
    fc.assert(
      fc.property(findings, fc.constantFrom('dry-run', 'live'), (list, mode) => {
        const plan = planActions(request(list, { settings: settings(mode as 'live') }));
        expect(planActions(request([...list].reverse(), { settings: settings(mode as 'live') }))).toEqual(
          plan,
        );
        expect(plan.digest).toBe(digestOfPlan(plan.mode, plan.actions, sha256));
        expect(digestOfPlan(mode === 'live' ? 'dry-run' : 'live', plan.actions, sha256)).not.toBe(
          plan.digest,
        );
      }),
    );
  });

  it('has each finding once, planned or excluded with a reason, one action a resource, the largest savings first', () => {
    fc.assert(
      fc.property(
        findings,
        fc.constantFrom('L', 'M', 'H'),
        fc.integer({ min: 1, max: 8 }),
        (list, max, limit) => {
          const given = settings('live', { maxRisk: max as 'L', maxActionsPerRun: limit });
          const { actions, excluded } = planActions(request(list, { settings: given }));
          const named = [
            ...actions.map((one) => one.recommendationId),
            ...excluded.map((one) => one.recommendationId),
          ];
          expect(named.sort()).toEqual(list.map((one) => one.id).sort());
          expect(actions.length).toBeLessThanOrEqual(limit);
          expect(new Set(actions.map((one) => one.resource.arn)).size).toBe(actions.length);
          expect(actions.every((one) => risks.indexOf(one.risk) <= risks.indexOf(max as Risk))).toBe(true);
          for (const [i, one] of actions.entries()) {
            const next = actions[i + 1];
            if (next) expect(compareMoney(one.monthlySavings, next.monthlySavings)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });

  it('says why something is not planned', () => {
    const stopped = scanned(
      'ec2:instance',
      anInstance({ id: 'i-1', state: 'stopped', volumeIds: ['vol-1'] }),
    );
    const volume = scanned('ec2:volume', aVolume({ id: 'vol-1', attachedTo: ['i-1'] }));
    const store = scanned('ec2:instance', anInstance({ id: 'i-2', rootDeviceType: 'instance-store' }));
    const unknown = scanned('ec2:volume', aVolume({ id: 'vol-2' }));
    const list = [
      recommend(stopped, 'ec2.terminate-instance', { createImage: true }),
      recommend(stopped, 'ec2.stop-instance', {}, { usd: '1' }),
      recommend(volume, 'ebs.modify-volume', { volumeType: 'gp3' }),
      recommend(store, 'ec2.stop-instance'),
      recommend(store, 'advice'),
      recommend(unknown, 'ebs.delete-volume', { snapshotFirst: true }),
      recommend(volume, 'ebs.delete-volume', { snapshotFirst: false }, { usd: '2' }),
    ];
    const { actions, excluded } = planActions(request(list, {}, [stopped, volume, store]));
    expect(actions.map((one) => one.action.kind)).toEqual(['ec2.terminate-instance']);
    expect(Object.fromEntries(excluded.map((one) => [one.recommendationId.slice(6), one.reason]))).toEqual({
      [`ec2.stop-instance:${stopped.arn}`]: 'it is stopped',
      [`ebs.modify-volume:${volume.arn}`]: 'its instance i-1 is proposed for termination',
      [`ec2.stop-instance:${store.arn}`]: 'its root device is not EBS, so a stop would lose data',
      [`advice:${store.arn}`]: 'advice only: a person carries it out',
      [`ebs.delete-volume:${unknown.arn}`]: 'the resource is not in the inventory of this run',
      [`ebs.delete-volume:${volume.arn}`]: 'ebs.delete-volume cannot do {"snapshotFirst":false}',
    });
  });
});

describe('who grants a plan', () => {
  const withRisks = (mode: 'live' | 'dry-run', ...given: Risk[]) =>
    planActions(
      request(
        given.map((risk, i) =>
          recommend(groups[i] as Resource, 'logs.put-retention', { retentionInDays: 7 }, { risk }),
        ),
        { settings: settings(mode) },
      ),
    );

  it('is a policy only for a dry run, for nothing to do, and for low risks where that is allowed', () => {
    expect(grantOf(withRisks('dry-run', 'H'), false)).toBe('dry-run');
    expect(grantOf(withRisks('live'), false)).toBe('empty-plan');
    expect(grantOf(withRisks('live', 'L', 'L'), true)).toBe('approve-low');
    expect(grantOf(withRisks('live', 'L'), false)).toBeNull();
    expect(grantOf(withRisks('live', 'L', 'M'), true)).toBeNull();
  });

  it('is accepted from a person for any plan, and from a policy only where it grants', () => {
    const accepts = (plan: ReturnType<typeof withRisks>, approveLow: boolean, grantedBy: string): boolean => {
      const { id, mode, digest } = plan;
      const asked = { digest, approval: { digest, grantedBy, at: asOf } };
      try {
        checkApproval(plan, { id, mode, digest, grantedBy: grantOf(plan, approveLow) }, asked, sha256);
        return true;
      } catch {
        return false;
      }
    };
    const low = withRisks('live', 'L');
    expect(accepts(low, true, 'approve-low')).toBe(true);
    expect(accepts(low, false, 'approve-low')).toBe(false);
    expect(accepts(low, true, 'dry-run')).toBe(false);
    expect(accepts(low, false, 'anna')).toBe(true);
    expect(accepts(low, false, '')).toBe(false);
    expect(accepts(withRisks('dry-run', 'H'), false, 'dry-run')).toBe(true);
    expect(accepts(withRisks('dry-run'), false, 'empty-plan')).toBe(true);
  });
});
