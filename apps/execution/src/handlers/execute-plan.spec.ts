import { beforeEach, describe, expect, it } from '@jest/globals';
import { anInstance, aVolume } from '@trimtab/cloud/testing';
import fc from 'fast-check';
import { recommend, region, scanned } from '../../test/arrange.js';
import { crash, lost, refused, setUp, untilItAnswers } from '../../test/bench.js';
import { arrange, examples } from '../../test/examples.js';
import type { Example } from '../../test/examples.js';

let bench: ReturnType<typeof setUp>;
beforeEach(() => {
  bench = setUp();
});

describe('a plan that is carried out', () => {
  it('sends no effect in a dry run, and its steps are those of the live run', async () => {
    const { workshop, world, sent } = bench;
    const findings = arrange(world);
    const dry = await workshop.run('dry', 'dry-run', findings);
    expect(sent()).toEqual([]);
    expect(world.requests().filter((request) => request.mutating)).toEqual([]);

    const live = await workshop.run('live', 'live', findings);
    const shape = (results: typeof dry) =>
      results.map(({ kind, status, steps, resourceArn }) => ({
        kind,
        status,
        resourceArn,
        steps: steps.map((s) => s.name),
      }));
    const withoutMarks = (value: unknown): string =>
      JSON.stringify(value).replaceAll(/act-[0-9a-f]{32}/g, 'act');
    expect(withoutMarks(shape(dry))).toBe(withoutMarks(shape(live)));
    expect(live.map((one) => one.status)).toEqual(examples.map(() => 'verified'));
    expect(sent()).toEqual(examples.flatMap((one) => one.operations));
  });

  it('never sends an effect twice, wherever the worker stops and whichever answers are lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...examples),
        fc.array(fc.record({ effect: fc.nat(2), what: fc.constantFrom(crash, lost) }), { maxLength: 2 }),
        fc.option(fc.nat(12), { nil: undefined }),
        async (example, faults, stopAfterSave) => {
          const { workshop, world, journal, sent } = setUp();
          const planned = await workshop.plan('run', 'live', arrange(world, [example]));
          for (const { effect, what } of faults) {
            const operation = example.operations[effect % example.operations.length] ?? '';
            world.fail(operation, what, 'after');
          }
          let saves = 0;
          journal.saved = () => {
            if (saves++ === stopAfterSave) throw crash;
          };
          const outcome = await untilItAnswers(() => workshop.execute('run', planned));
          expect(outcome.output.byStatus).toEqual({ verified: 1 });
          expect(sent()).toEqual(example.operations);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('sends an effect again only when the live state shows that the first one did not happen', async () => {
    const { workshop, world, sent } = bench;
    const [stop] = examples;
    world.fail('StopInstances', lost, 'before');
    const [result] = await workshop.run('run', 'live', arrange(world, [stop as Example]));
    expect(result?.status).toBe('verified');
    expect(sent()).toEqual(['StopInstances']);
  });

  it('reports an outcome that nobody can tell, and stops', async () => {
    const { workshop, world, scope, sent } = bench;
    const findings = arrange(world, examples.slice(0, 2));
    const planned = await workshop.plan('run', 'live', findings);
    world.fail('StopInstances', crash, 'after');
    await expect(workshop.execute('run', planned)).rejects.toThrow(crash);
    scope.instances.set('i-stop', anInstance({ id: 'i-stop', state: 'shutting-down' }));

    const outcome = await workshop.execute('run', planned);
    const [first, second] = await workshop.results(outcome);
    expect(first).toMatchObject({ status: 'failed', error: { code: 'execution.outcome-unknown' } });
    expect(second).toMatchObject({ status: 'skipped', error: { code: 'execution.circuit-open' } });
    expect(sent()).toEqual(['StopInstances']);
  });

  it('puts an instance back to its type and starts it when the new type is refused', async () => {
    const { workshop, world, scope, sent } = bench;
    world.fail('ModifyInstanceAttribute', refused);
    const [result] = await workshop.run('run', 'live', arrange(world, [examples[1] as Example]));
    expect(result).toMatchObject({ status: 'failed', error: { code: 'cloud.refused' } });
    expect(scope.instances.get('i-resize')).toMatchObject({ state: 'running', instanceType: 'm5.large' });
    expect(sent()).toEqual(['StopInstances', 'StartInstances']);
    const { output } = await workshop.rollBack([result?.actionId ?? '']);
    expect(output.results[0]?.error?.code).toBe('execution.nothing-done');
  });

  it('stops after the first verification that fails', async () => {
    const { workshop, world, scope } = bench;
    const findings = arrange(world, examples.slice(0, 3));
    const stubborn = anInstance({ id: 'i-stop' });
    Object.defineProperty(scope.instances, 'set', { value: () => scope.instances });
    const results = await workshop.run('run', 'live', findings);
    expect(scope.instances.get('i-stop')).toEqual(stubborn);
    expect(results.map((one) => one.status)).toEqual(['verification-failed', 'skipped', 'skipped']);
  });
});

describe('before anything is done', () => {
  it.each(['state', 'tags', 'gone'] as const)('refuses when the %s changed since the scan', async (what) => {
    const { workshop, world, scope, sent } = bench;
    const findings = arrange(world, [examples[0] as Example]);
    const changed = what === 'state' ? { state: 'stopped' } : { tags: { 'finops:exempt': 'true' } };
    if (what === 'gone') scope.instances.clear();
    else scope.instances.set('i-stop', anInstance({ id: 'i-stop', ...changed }));
    const [result] = await workshop.run('run', 'live', findings);
    expect(result).toMatchObject({
      status: 'precondition-failed',
      error: { code: 'execution.state-changed' },
    });
    if (what === 'tags') expect(result?.error?.message).toContain('finops:exempt was not set, is "true"');
    expect(sent()).toEqual([]);
  });

  it('leaves accounts alone that the settings do not name', async () => {
    const { workshop, world, sent } = bench;
    const planned = await workshop.plan('run', 'live', arrange(world));
    const cloud = { accounts: [{ id: '999999999999', name: 'other' }], regions: [region] };
    const outcome = await workshop.execute('run', planned, { cloud });
    expect(outcome.output.byStatus).toEqual({ skipped: examples.length });
    expect(outcome.output.failures[0]?.error?.code).toBe('execution.account-unknown');
    expect(sent()).toEqual([]);
  });

  it('lets a later step of a dry run see what an earlier one would leave', async () => {
    const { workshop, scope } = bench;
    const volume = aVolume({ id: 'vol-a' });
    scope.volumes.set('vol-a', volume);
    const resource = scanned('ec2:volume', volume);
    const other = { ...resource, arn: `${resource.arn}/again` };
    const results = await workshop.run('dry', 'dry-run', [
      {
        resource,
        recommendation: recommend(resource, 'ebs.delete-volume', { snapshotFirst: true }, { usd: '9' }),
      },
      {
        resource: other,
        recommendation: recommend(other, 'ebs.modify-volume', { volumeType: 'gp3' }, { usd: '1' }),
      },
    ]);
    expect(results.map((one) => one.status)).toEqual(['verified', 'precondition-failed']);
  });
});

describe('a plan that was approved', () => {
  it('is refused when digest, mode or plan is another than what was approved', async () => {
    const { workshop, world, sent } = bench;
    const planned = await workshop.plan('run', 'live', arrange(world));
    const { output } = planned;
    const { artifacts } = workshop.parts;
    const plan = await workshop.planOf(planned);
    const changedPlan = await artifacts.putJson({ ...plan, actions: plan.actions.slice(1) });
    const changedMode = await artifacts.putJson({ ...plan, mode: 'dry-run' });
    const at = '2026-11-20T12:00:00.000Z';
    const mismatch = { code: 'execution.digest-mismatch' };
    const attempt = (change: object) => workshop.execute('run', planned, change);

    await expect(
      attempt({ approval: { digest: 'sha256:other', grantedBy: 'anna', at } }),
    ).rejects.toMatchObject(mismatch);
    await expect(attempt({ digest: 'sha256:other' })).rejects.toMatchObject(mismatch);
    await expect(attempt({ plan: { ...changedPlan } })).rejects.toMatchObject(mismatch);
    await expect(attempt({ plan: { ...changedMode } })).rejects.toMatchObject(mismatch);
    await expect(attempt({ planId: 'plan-unknown' })).rejects.toMatchObject({
      code: 'execution.unknown-plan',
    });
    const byPolicy = { digest: output.digest, grantedBy: 'dry-run', at };
    await expect(attempt({ approval: byPolicy })).rejects.toMatchObject({
      code: 'execution.approval-missing',
    });
    expect(sent()).toEqual([]);
  });

  it('is carried out once: a second delivery answers the same results', async () => {
    const { workshop, world, sent } = bench;
    const planned = await workshop.plan('run', 'live', arrange(world));
    const first = await workshop.execute('run', planned);
    const sendings = sent().length;
    const second = await workshop.execute('run', planned);
    expect(sent()).toHaveLength(sendings);
    expect(await workshop.results(second)).toEqual(await workshop.results(first));
    expect(second.events).toEqual(first.events);
  });

  it('does nothing for a worker that was superseded', async () => {
    const { workshop, world, journal, sent } = bench;
    const planned = await workshop.plan('run', 'live', arrange(world, [examples[0] as Example]));
    const { actions } = await workshop.planOf(planned);
    journal.saved = () => {
      journal.saved = () => undefined;
      void journal.claim(actions[0]?.id ?? '');
    };
    await expect(workshop.execute('run', planned)).rejects.toMatchObject({ code: 'execution.superseded' });
    expect(sent()).toEqual([]);
  });
});
