import { describe, expect, it } from '@jest/globals';
import { aDatabase, anAddress, anInstance, aSnapshot, aVolume } from '@trimtab/cloud/testing';
import { merged } from './actions/serverless.js';
import { differences, sameRules } from './facts.js';
import { judgeStep } from './judge-step.js';
import type { Step } from './step.js';
import type { Live } from './target.js';

const instance = (state: string) => anInstance({ id: 'i', state });
const volume = (given: object) => aVolume({ id: 'v', ...given });
const database = (status: string, pending = {}) => aDatabase({ id: 'd', status, pending });
const gp3: Step = { do: 'modify-volume', id: 'v', change: { volumeType: 'gp3', iops: 3000 } };
const storage: Step = { do: 'modify-database-storage', id: 'd', storage: { storageType: 'gp3' } };
const snapshot: Step = { do: 'create-snapshot', volumeId: 'v', mark: { 'trimtab:action': 'a' }, tags: {} };

const cases: readonly (readonly [string, Step, Live | undefined, string])[] = [
  ['a running instance', { do: 'stop-instance', id: 'i' }, instance('running'), 'pending'],
  ['an instance that stops', { do: 'stop-instance', id: 'i' }, instance('stopping'), 'under-way'],
  ['an instance that starts', { do: 'stop-instance', id: 'i' }, instance('pending'), 'blocked'],
  ['a terminated instance', { do: 'stop-instance', id: 'i' }, instance('terminated'), 'foreign'],
  ['no instance', { do: 'start-instance', id: 'i' }, undefined, 'foreign'],
  ['an instance that is gone', { do: 'terminate-instance', id: 'i' }, undefined, 'done'],
  [
    'a running instance',
    { do: 'set-instance-type', id: 'i', instanceType: 'x' },
    instance('running'),
    'foreign',
  ],
  [
    'a stopped instance',
    { do: 'set-instance-type', id: 'i', instanceType: 'x' },
    instance('stopped'),
    'pending',
  ],
  ['a gp2 volume', gp3, volume({}), 'pending'],
  ['a volume that was just modified', gp3, volume({ modification: 'optimizing' }), 'blocked'],
  ['a gp3 volume', gp3, volume({ volumeType: 'gp3', iops: 3000, modification: 'optimizing' }), 'done'],
  [
    'a volume that becomes gp3',
    gp3,
    volume({ volumeType: 'gp3', iops: 3000, modification: 'modifying' }),
    'under-way',
  ],
  ['no volume', gp3, undefined, 'foreign'],
  ['an attached volume', { do: 'delete-volume', id: 'v' }, volume({ state: 'in-use' }), 'foreign'],
  ['no volume', { do: 'delete-volume', id: 'v' }, undefined, 'done'],
  ['no snapshot', snapshot, undefined, 'pending'],
  ['a snapshot in work', snapshot, aSnapshot({ id: 's', state: 'pending' }), 'under-way'],
  ['a snapshot that failed', snapshot, aSnapshot({ id: 's', state: 'error' }), 'foreign'],
  [
    'an address in use',
    { do: 'release-address', id: 'e' },
    anAddress({ allocationId: 'e', associationId: 'a' }),
    'foreign',
  ],
  ['a database in backup', { do: 'stop-database', id: 'd' }, database('backing-up'), 'blocked'],
  ['a database that stops', { do: 'stop-database', id: 'd' }, database('stopping'), 'under-way'],
  ['no database', { do: 'stop-database', id: 'd' }, undefined, 'foreign'],
  ['a database with an accepted change', storage, database('available', { storageType: 'gp3' }), 'under-way'],
  ['a database in maintenance', storage, database('modifying'), 'blocked'],
];

describe('how live state stands to a step', () => {
  it.each(cases)('%s: %j', (_what, step, live, judgement) => {
    expect(judgeStep(step, live)).toBe(judgement);
  });
});

describe('lifecycle rules', () => {
  const others = [
    {
      ID: 'a',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Expiration: { Date: new Date('2027-01-01T00:00:00Z') },
    },
    { ID: 'b', Status: 'Disabled', Filter: { Prefix: 'x' } },
  ];

  it('of others stay, and ours is there once', () => {
    const once = merged(others, 7);
    expect(once).toHaveLength(3);
    expect(sameRules(once.slice(0, 2), others)).toBe(true);
    const twice = merged(once, 3);
    expect(twice).toHaveLength(3);
    expect(twice[2]).toMatchObject({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } });
  });

  it('stay of one generation', () => {
    expect(merged([{ ID: 'old', Status: 'Enabled', Prefix: 'logs/' }], 7)[1]).toMatchObject({ Prefix: '' });
  });

  it('are the same in any order, and none is the same as no configuration', () => {
    expect(differences({ lifecycleRules: others }, { lifecycleRules: [...others].reverse() })).toEqual([]);
    expect(differences({ lifecycleRules: null }, { lifecycleRules: [] })).toEqual([]);
    expect(differences({ lifecycleRules: others }, { lifecycleRules: null })).toHaveLength(1);
  });
});
