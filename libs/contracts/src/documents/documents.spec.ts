import { describe, expect, it } from '@jest/globals';
import { httpContracts } from '../http/registry.js';
import { eventContracts } from '../events/registry.js';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';
import { publishedSchemas } from './schemas.js';

describe('documents for other teams', () => {
  it('describe every public event with its subject and stream', () => {
    const channels = asyncApiDocument()['channels'] as Record<string, { address: string }>;
    const addresses = Object.values(channels).map((channel) => channel.address);
    for (const type of Object.keys(eventContracts))
      expect(addresses).toContain(type.replace('trimtab.', 'trimtab.evt.'));
  });

  it('describe every HTTP operation once', () => {
    const paths = Object.values(
      openApiDocument()['paths'] as Record<string, Record<string, { operationId: string }>>,
    );
    const ids = paths.flatMap((methods) => Object.values(methods).map((one) => one.operationId));
    expect(ids.sort()).toEqual(Object.keys(httpContracts).sort());
  });

  it('give every schema a name of its own', () => {
    const names = publishedSchemas().map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
