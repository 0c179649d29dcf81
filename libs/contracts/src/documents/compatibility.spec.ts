import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { breakages } from './compatibility.js';
import type { Guarantee } from './schemas.js';

const json = (type: z.ZodType) => z.toJSONSchema(type) as Record<string, unknown>;
const why = (before: z.ZodType, after: z.ZodType, guarantee: Guarantee = 'full'): string[] =>
  breakages(json(before), json(after), guarantee).map((one) => `${one.at}: ${one.why}`);

const base = z.object({ id: z.string(), kind: z.enum(['a', 'b']), note: z.string().optional() });

describe('a published schema', () => {
  it('may grow by optional properties', () => {
    expect(why(base, base.extend({ more: z.number().optional() }))).toEqual([]);
    expect(why(base, base)).toEqual([]);
  });

  it('may not lose, require or change a property', () => {
    expect(why(base, base.omit({ note: true }))).toEqual(['$.note: property is gone']);
    expect(why(base, base.extend({ more: z.number() }))).toEqual([
      '$.more: became required: older data lacks it',
    ]);
    expect(why(base, base.extend({ id: z.number() }))[0]).toMatch(/^\$\.id: type changed/);
  });

  it('of an event may not surprise older subscribers, of a command it may', () => {
    const wider = base.extend({ kind: z.enum(['a', 'b', 'c']) });
    const looser = base.extend({ id: z.string().optional() });
    expect(why(base, wider)).toEqual(['$.kind: value "c" is unknown to older readers']);
    expect(why(base, wider, 'backward')).toEqual([]);
    expect(why(base, looser)).toEqual(['$.id: became optional: older readers need it']);
    expect(why(base, looser, 'backward')).toEqual([]);
  });

  it('is looked at in lists, maps and alternatives', () => {
    expect(why(z.array(base), z.array(base.omit({ id: true })))).toEqual(['$[].id: property is gone']);
    const map = (inner: z.ZodType) => z.object({ all: z.record(z.string(), inner) });
    expect(why(map(base), map(base.omit({ note: true })))).toEqual(['$.all[].note: property is gone']);
    expect(why(z.union([z.string(), z.number()]), z.string())).not.toEqual([]);
  });
});
