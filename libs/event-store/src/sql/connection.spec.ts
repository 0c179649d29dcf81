import { describe, expect, it } from '@jest/globals';
import { isAnswered, isRefused, schemaName } from './connection.js';

const error = (code?: string): Error => Object.assign(new Error('x'), { code });

describe('errors of Postgres', () => {
  it('tells refused content from troubles that may pass', () => {
    expect(['22021', '23505', '54000'].map((code) => isRefused(error(code)))).toEqual([true, true, true]);
    expect(
      ['53100', '57P01', '42501', 'ECONNRESET', undefined].map((code) => isRefused(error(code))),
    ).toEqual(Array(5).fill(false));
  });

  it('takes a shutdown or a lost connection for no answer', () => {
    expect(['57P01', '08006', 'ECONNRESET', undefined].map((code) => isAnswered(error(code)))).toEqual(
      Array(4).fill(false),
    );
    expect(['23505', '53100', '42P01'].map((code) => isAnswered(error(code)))).toEqual([true, true, true]);
  });

  it('refuses a schema name that would need quoting', () => {
    expect(schemaName('orchestrator_2')).toBe('orchestrator_2');
    for (const name of ['', 'Upper', 'a"b', 'a;drop', '1a'])
      expect(() => schemaName(name)).toThrow(TypeError);
  });
});
