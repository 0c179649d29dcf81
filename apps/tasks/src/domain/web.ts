export interface WebRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly maxBytes: number;
}

export interface WebAnswer {
  readonly status: number;
  /** Names in lower case; cookies are left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Servers that answer HTTP. */
export abstract class WebServers {
  /**
   * One exchange; redirects are not followed. Rejects with `http.invalid-request`, `http.answer-too-large` (never),
   * `http.unreachable` (later), or the reason of `signal` once it is aborted.
   */
  abstract ask(request: WebRequest, signal: AbortSignal): Promise<WebAnswer>;
}
