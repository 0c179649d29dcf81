/**
 * A plugin: one of each thing that it may add. Name it in trimtab.yaml, or for one process in the environment:
 *
 *   plugins: [./examples/06-plugin/plugin.mjs]
 *   TRIMTAB_PLUGINS=./examples/06-plugin/plugin.mjs
 */
import { appendFileSync } from 'node:fs';
import { definePlugin } from '@trimtab/service/plugin';
import { z } from 'zod';

const nothing = (currency) => ({ amount: '0', currency });

export default definePlugin({
  name: 'owner-tags',
  version: '1.0.0',
  trimtab: '^0.1',

  // In the service analysis, beside the checks that ship.
  checks: [
    {
      id: 'OWN-01',
      title: 'Say whose bucket it is',
      resourceType: 's3:bucket',
      risk: 'L',
      rank: 'independent',
      limits: {},
      judge: ({ tags }, { currency }) =>
        tags.owner
          ? { kind: 'clean' }
          : {
              kind: 'found',
              action: { kind: 'advice', parameters: { operation: 'PutBucketTagging' } },
              saving: { list: nothing(currency), net: nothing(currency), rateSource: 'list', formula: '' },
              evidence: [{ kind: 'attribute', name: 'tag owner', value: 'none' }],
              confidence: 'high',
              notes: ['Costs that nobody owns are not looked after.'],
            },
    },
  ],

  // In the service tasks; a workflow uses it as `uses: owners.count`.
  tasks: {
    'owners.count': {
      input: z.object({ owners: z.array(z.string()) }),
      output: z.object({ byOwner: z.record(z.string(), z.number()) }),
      handler: ({ owners }, { progress }) => {
        progress(owners.length, owners.length);
        const byOwner = {};
        for (const owner of owners) byOwner[owner] = (byOwner[owner] ?? 0) + 1;
        return { byOwner };
      },
    },
  },

  // In the gateway, under /api/v1/plugins/owner-tags and in its OpenAPI document.
  routes: [
    {
      method: 'GET',
      path: '/owners/{name}',
      summary: 'How an owner is written',
      query: z.object({ shout: z.enum(['yes', 'no']).default('no') }),
      reply: z.object({ owner: z.string() }),
      handler: ({ params, query }) => {
        if (params.name === 'nobody') throw new Error('nobody owns nothing');
        return { owner: query.shout === 'yes' ? params.name.toUpperCase() : params.name };
      },
    },
  ],

  // In the command line: `trimtab owner ada`.
  cliVerbs: [
    {
      name: 'owner',
      description: 'How an owner is written',
      arguments: '<name>',
      run: async ({ gatewayUrl, print }, [name]) => {
        const answer = await fetch(`${gatewayUrl()}/api/v1/plugins/owner-tags/owners/${name}?shout=yes`);
        if (!answer.ok) return 1;
        const { owner } = await answer.json();
        print({ owner }, () => `owned by ${owner}`);
      },
    },
  ],

  // In the service tasks, on a durable consumer of this plugin: at least once each.
  onEvents: [
    {
      types: ['trimtab.recommendation.raised.v1'],
      handler: ({ data: { recommendation } }, { log }) => {
        if (recommendation.checkId !== 'OWN-01') return;
        log.info('a bucket without an owner', { bucket: recommendation.resource.id });
        const file = process.env.OWNER_TAGS_FILE;
        if (file) appendFileSync(file, `${recommendation.resource.id}\n`);
      },
    },
  ],
});
