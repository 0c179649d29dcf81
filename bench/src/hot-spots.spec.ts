import { describe, expect, it } from '@jest/globals';
import { hotSpots } from './hot-spots.js';

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
  children,
});

describe('hot spots of a profile', () => {
  const { functions, packages, within } = hotSpots({
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'encode', 'file:///x/libs/messaging/dist/encode.js', [3, 4]),
      node(3, 'query', 'file:///x/node_modules/@a/pg/lib/client.js'),
      node(4, 'writev', ''),
      node(5, 'evaluate', 'node:internal/modules/esm/module_job', [6]),
      node(6, 'load', 'file:///x/libs/messaging/dist/load.js'),
    ],
    samples: [1, 2, 3, 2, 4, 6],
    timeDeltas: [900, 50, 30, 10, 10, 500],
  });

  it('ranks functions and packages by their share of the busy time, without idling and loading', () => {
    expect(functions).toEqual([
      { where: 'encode libs/messaging/dist/encode.js:10', percent: 60 },
      { where: 'query node_modules/@a/pg/lib/client.js:10', percent: 30 },
      { where: 'writev :10', percent: 10 },
    ]);
    expect(packages.map(({ where }) => where)).toEqual(['libs/messaging', '@a/pg', '(native)']);
  });

  it('ranks functions of this repository with what they call', () => {
    expect(within).toEqual([{ where: 'encode libs/messaging/dist/encode.js:10', percent: 100 }]);
  });
});
