import { describe, expect, it } from '@jest/globals';
import { hotSpots } from './profile.js';

const node = (id: number, functionName: string, url: string) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
});

describe('hot spots of a profile', () => {
  it('ranks functions and packages by their share of the busy time', () => {
    const { functions, packages } = hotSpots({
      nodes: [
        node(1, '(idle)', ''),
        node(2, 'encode', 'file:///x/libs/messaging/dist/encode.js'),
        node(3, 'query', 'file:///x/node_modules/@a/pg/lib/client.js'),
        node(4, 'writev', ''),
      ],
      samples: [1, 2, 3, 2, 4],
      timeDeltas: [900, 50, 30, 10, 10],
    });
    expect(functions).toEqual([
      { where: 'encode libs/messaging/dist/encode.js:10', percent: 60 },
      { where: 'query node_modules/@a/pg/lib/client.js:10', percent: 30 },
      { where: 'writev :10', percent: 10 },
    ]);
    expect(packages.map(({ where }) => where)).toEqual(['libs/messaging', '@a/pg', '(native)']);
  });
});
