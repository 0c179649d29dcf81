import { AppError } from '@trimtab/kernel';
import type { AppendRequest } from './pending.js';

type Where = Pick<AppendRequest, 'partition' | 'stream' | 'expectedVersion'>;

const details = ({ partition, stream, expectedVersion }: Where): Record<string, unknown> => ({
  partition,
  stream,
  expectedVersion,
});

export const fenced = (where: Where): AppError =>
  new AppError(
    'partition.fenced',
    `Partition ${where.partition} is not held by this instance: drop its state and let the owner go on.`,
    { retry: 'later', details: details(where) },
  );

export const versionConflict = (where: Where, actual?: number): AppError =>
  new AppError(
    'stream.version-conflict',
    `Stream "${where.stream}" is not at version ${where.expectedVersion}` +
      `${actual === undefined ? '' : ` but at ${actual}`}: reload it and decide again.`,
    { retry: 'later', details: { ...details(where), actual } },
  );

/** The append followed a refused one of the same stream. */
export const builtOnRefused = (where: Where): AppError =>
  new AppError(
    'stream.version-conflict',
    `An earlier append to stream "${where.stream}" was refused, so this one was decided on a state that never came ` +
      'to be: reload the stream and decide again.',
    { retry: 'later', details: details(where) },
  );

export const closed = (where: Where, cause?: unknown): AppError =>
  new AppError(
    'writer.closed',
    'The writer stopped before the append was confirmed: look up what was stored.',
    {
      retry: 'later',
      details: details(where),
      cause,
    },
  );

/** What the refusal of a single append by Postgres means. */
export function refusal(where: Where, cause: unknown): AppError {
  const { constraint } = cause as { constraint?: string };
  if (constraint === 'events_stream_version_key') return versionConflict(where);
  if (constraint === 'processed_pkey') {
    return new AppError(
      'input.already-processed',
      'An input of this append was processed before: answer with its stored result instead.',
      { details: details(where), cause },
    );
  }
  return new AppError('append.invalid', `Postgres refuses this append: ${String(cause)}.`, {
    details: details(where),
    cause,
  });
}
