/** CloudEvents as the engine sends them, and about as long. */
export interface Message<Data> {
  readonly id: string;
  readonly runid: string;
  readonly taskid?: string;
  readonly data: Data;
}

export type Command = Message<{ readonly input: { readonly values: readonly number[] } }>;
export type Result = Message<{ readonly output: Sum }>;

export interface Sum {
  readonly sum: number;
}

/** The seven steps, with what each needs. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  first: [],
  left: ['first'],
  middle: ['first'],
  right: ['first'],
  join: ['left', 'middle', 'right'],
  sixth: ['join'],
  last: ['sixth'],
};

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

export function message<Data>(type: string, id: string, runid: string, data: Data, taskid?: string) {
  return {
    specversion: '1.0',
    id,
    source: '/trimtab/bare',
    type,
    subject: `run/${runid}`,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    traceparent: TRACE,
    correlationid: runid,
    runid,
    ...(taskid !== undefined && { taskid, attempt: 1, fencetoken: '1.0' }),
    data,
  };
}
