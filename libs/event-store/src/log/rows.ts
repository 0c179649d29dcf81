import type { DueTimer, PublicMessage, StoredEvent, StoredRun } from './event.js';

export interface EventRow {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly partition: number;
  readonly sequence: string;
  readonly type: string;
  readonly data: string;
  readonly at: Date;
}

export const toEvent = (row: EventRow): StoredEvent => ({
  id: row.id,
  stream: row.stream,
  version: row.version,
  partition: row.partition,
  sequence: Number(row.sequence),
  type: row.type,
  data: JSON.parse(row.data) as unknown,
  at: row.at.toISOString(),
});

export const json = (text: string | null): unknown =>
  text === null ? undefined : (JSON.parse(text) as unknown);

export interface RunRow {
  readonly run: string;
  readonly partition: number;
  readonly stream: string;
  readonly status: string;
  readonly terminal: boolean;
  readonly version: number;
  readonly data: string | null;
  readonly updated_at: Date;
}

export const toRun = ({ updated_at, data, ...row }: RunRow): StoredRun => ({
  ...row,
  data: json(data),
  updatedAt: updated_at.toISOString(),
});

export interface TimerRow {
  readonly partition: number;
  readonly run: string;
  readonly key: string;
  readonly due_at: Date;
  readonly data: string | null;
}

export const toTimer = ({ due_at, data, ...row }: TimerRow): DueTimer => ({
  ...row,
  dueAt: due_at.toISOString(),
  data: json(data),
});

export interface PublicRow {
  readonly partition: number;
  readonly position: string;
  readonly id: string;
  readonly subject: string;
  readonly message: string;
}

export const toPublic = (row: PublicRow): PublicMessage => ({
  ...row,
  position: Number(row.position),
  message: json(row.message),
});
