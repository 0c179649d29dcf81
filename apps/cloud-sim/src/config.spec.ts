import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

describe('configuration', () => {
  it('an empty environment leaves every choice open', () => {
    expect(Object.values(readConfig({})).every((value) => value === undefined)).toBe(true);
  });

  it('reads numbers and the moment', () => {
    const environment = { CLOUD_SIM_PORT: '0', CLOUD_SIM_SEED: '7', CLOUD_SIM_NOW: '2026-11-20T12:00:00Z' };
    expect(readConfig(environment)).toMatchObject({ port: 0, seed: 7, now: Date.UTC(2026, 10, 20, 12) });
  });

  it('names every bad variable at once', () => {
    const read = () => readConfig({ CLOUD_SIM_PORT: 'web', CLOUD_SIM_NOW: 'soon' });
    expect(read).toThrow(/CLOUD_SIM_PORT.*CLOUD_SIM_NOW/);
  });
});
