import { HttpError } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';

/** The gateway did not answer at all. */
export const unreachable = (baseUrl: string, cause: unknown): AppError =>
  new AppError('gateway.unreachable', `No answer from ${baseUrl}: start the stack with \`trimtab up\`.`, {
    retry: 'later',
    details: { baseUrl },
    cause,
  });

/** The gateway's error as it was raised, or the HTTP status when the answer is not one of ours. */
export async function answerError(answer: Response): Promise<AppError> {
  const parsed = HttpError.safeParse(await answer.json().catch(() => undefined));
  if (!parsed.success) {
    const retry = answer.status >= 500 ? 'later' : 'never';
    return new AppError('gateway.refused', `${answer.url} answered ${answer.status}.`, { retry });
  }
  const { code, message, retry, details } = parsed.data.error;
  return new AppError(code, message, { retry, details: { ...details, status: answer.status } });
}
