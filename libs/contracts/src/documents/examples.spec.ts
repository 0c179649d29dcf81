import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventContracts } from '../events/registry.js';
import type { EventType } from '../events/registry.js';

const folder = new URL('../../../../docs/api/examples/', import.meta.url);
const types = Object.keys(eventContracts) as EventType[];

describe('examples of public events', () => {
  it('exist for every type and no other', () => {
    expect(readdirSync(folder).sort()).toEqual(types.map((type) => `${type}.json`).sort());
  });

  it.each(types)('%s is an envelope whose data fits its schema', (type) => {
    const example = JSON.parse(readFileSync(new URL(`${type}.json`, folder), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(example).toMatchObject({
      specversion: '1.0',
      type,
      id: expect.any(String),
      source: expect.any(String),
    });
    expect(eventContracts[type].safeParse(example['data']).error).toBeUndefined();
  });
});
