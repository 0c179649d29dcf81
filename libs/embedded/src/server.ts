/** A real server that runs as a child process. */
export interface Server {
  readonly name: 'nats' | 'postgres';
  /** Stays the same across `stop`, `kill` and `start`. */
  readonly url: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Starts it again on the same port and the same data; nothing happens when it runs. */
  start(): Promise<void>;
  /** Ends it cleanly and gives the data directory back; nothing happens when it does not run. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, for fault tests. */
  kill(): Promise<void>;
}

export type Log = (line: string) => void;

/** Where a server keeps its things, and the one lock that says who may run it. */
export interface ServerOptions {
  /** Default `<cwd>/.trimtab`; absolute after `resolve`. */
  readonly dataDir?: string | undefined;
  /** A fixed port; without it the last one is taken when free, else any. */
  readonly port?: number | undefined;
  readonly log?: Log | undefined;
}
