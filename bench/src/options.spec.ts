import { describe, expect, it } from '@jest/globals';
import { parseOptions, SECTIONS } from './options.js';

describe('options of the benchmark', () => {
  it('measures everything in five rounds, with telemetry and without peers, unless told', () => {
    expect(parseOptions(['orchestrator'])).toMatchObject({
      sections: SECTIONS,
      rounds: 5,
      json: false,
      peers: false,
      bare: false,
      quick: false,
      telemetry: true,
      stored: false,
      profile: false,
    });
  });

  it('takes sections in their own order', () => {
    const { sections } = parseOptions([
      'orchestrator',
      '--only',
      'growth,speed',
      '--rounds',
      '7',
      '--no-telemetry',
    ]);
    expect(sections).toEqual(['speed', 'growth']);
  });

  it.each([
    [[], 'name what to measure'],
    [['orchestrator', '--only', 'sped'], 'there is no section "sped"'],
    [['orchestrator', '--rounds', '0'], 'a whole number'],
  ])('refuses %j', (args, why) => {
    expect(() => parseOptions(args)).toThrow(why);
  });
});
