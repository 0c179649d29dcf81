/** One account in one region: what a client, a limit and a permission belong to. */
export interface CloudScope {
  readonly accountId: string;
  readonly region: string;
}

/** How an account is reached: without a role the base credentials are used as they are. */
export interface AccountAccess {
  readonly id: string;
  /** Role to assume for reading. */
  readonly readRoleArn?: string;
  /** Separate role for effects. */
  readonly actRoleArn?: string;
}

/** What a session is for; each purpose has its own credentials, so that a scan can never act. */
export type Purpose = 'read' | 'act';

export type Tags = Readonly<Record<string, string>>;
