import { AppError } from '@trimtab/kernel';
import { WebServers } from '../domain/web.js';
import type { WebAnswer, WebRequest } from '../domain/web.js';

export class FetchWebServers extends WebServers {
  override async ask(request: WebRequest, signal: AbortSignal): Promise<WebAnswer> {
    const prepared = prepare(request);
    try {
      const response = await fetch(prepared, { signal });
      return {
        status: response.status,
        headers: headersOf(response),
        body: await bodyOf(response, request.maxBytes),
      };
    } catch (error) {
      if (error instanceof AppError) throw error;
      signal.throwIfAborted();
      throw unreachable(request.url, error);
    }
  }
}

function prepare({ url, method, headers, body }: WebRequest): Request {
  try {
    return new Request(url, { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) });
  } catch {
    // What fetch says may quote a header's value.
    throw new AppError('http.invalid-request', 'A header, the method or the body cannot be sent as it is.');
  }
}

function headersOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name !== 'set-cookie'));
}

async function bodyOf(response: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > maxBytes)
      throw new AppError(
        'http.answer-too-large',
        `The answer has more than ${maxBytes} bytes: raise maxBytes.`,
      );
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function unreachable(url: URL, error: unknown): AppError {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  const why = cause?.code ?? cause?.message ?? message;
  return new AppError('http.unreachable', `${url.host} could not be reached: ${why}.`, {
    retry: 'later',
    cause: error,
  });
}
