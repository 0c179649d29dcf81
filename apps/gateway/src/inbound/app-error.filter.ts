import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, HttpException } from '@nestjs/common';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import type { Response } from 'express';

const BY_REASON: Readonly<Record<string, number>> = {
  'not-found': 404,
  unknown: 404,
  invalid: 400,
  'invalid-ref': 400,
  'invalid-file': 422,
  conflict: 409,
  'not-open': 409,
  'not-ended': 409,
  exists: 409,
  'digest-mismatch': 409,
  'run-ended': 409,
  'approval-decided': 409,
  'approval-digest': 409,
  'approval-not-open': 409,
  'too-large': 413,
};

/** The one place that turns an error into an HTTP status; the body is always `{ error: ErrorInfo }`. */
@Catch()
export class AppErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { status, info } = answerTo(error);
    if (status >= 500) this.log.warn('a request could not be answered', { status, error });
    if (response.headersSent) {
      response.end();
      return;
    }
    if (info.retry === 'later') response.setHeader('retry-after', '1');
    response.status(status).json({ error: info });
  }
}

/** Status and body for anything that was thrown. */
export function answerTo(error: unknown): { status: number; info: ErrorInfo } {
  if (error instanceof AppError) return { status: statusOf(error), info: toErrorInfo(error) };
  const refused = refusalOf(error);
  if (!refused) return { status: 500, info: unexpected };
  const { status, message } = refused;
  return { status, info: { code: 'request.refused', message, retry: 'never' } };
}

/** A request that the HTTP layer itself refuses: no such route, a body that is no JSON or too large. */
function refusalOf(error: unknown): { status: number; message: string } | undefined {
  if (error instanceof HttpException) return { status: error.getStatus(), message: error.message };
  const { status, expose, message } = (error ?? {}) as {
    status?: number;
    expose?: boolean;
    message?: string;
  };
  if (expose !== true || status === undefined) return undefined;
  return { status, message: message ?? 'The request cannot be read.' };
}

/** Details of what nobody expected stay in the log: they may name servers or statements. */
const unexpected: ErrorInfo = {
  code: 'internal.unexpected',
  message: 'The gateway could not answer: try again, then see its log.',
  retry: 'later',
};

function statusOf({ code, retry }: AppError): number {
  const reason = code.slice(code.indexOf('.') + 1);
  return BY_REASON[reason] ?? (retry === 'later' ? 503 : 422);
}
