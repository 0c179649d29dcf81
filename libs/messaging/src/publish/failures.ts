import { AppError } from '@trimtab/kernel';

export const tooLarge = (bytes: number, max: number): AppError =>
  new AppError(
    'message.too-large',
    `The message has ${bytes} bytes, the broker takes ${max}: send a reference to an artifact.`,
    { details: { bytes, max } },
  );

export const busy = (): AppError =>
  new AppError('bus.busy', 'Too many messages wait for their acknowledgement: publish again in a moment.', {
    retry: 'later',
  });

export const closed = (): AppError =>
  new AppError('bus.closed', 'The connection to the broker is closed.', { retry: 'later' });

export function unanswered({
  subject,
  noStream,
  attempts,
}: {
  subject: string;
  noStream: boolean;
  attempts: number;
}): AppError {
  if (noStream) {
    return new AppError(
      'bus.no-stream',
      `No stream takes ${subject}: it is being provisioned, publish again later.`,
      { retry: 'later' },
    );
  }
  return new AppError(
    'bus.no-ack',
    `The broker did not confirm ${subject} in ${attempts} sends: publish again later.`,
    { retry: 'later' },
  );
}
