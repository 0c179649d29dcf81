/** An event of the account's history, as far as its time matters. */
export interface Change {
  readonly name: string;
  readonly at: string;
}

/** Time of the newest event with one of these names, undefined when there is none. */
export function lastChange(events: readonly Change[], names: readonly string[]): string | undefined {
  return events
    .filter((event) => names.includes(event.name))
    .map((event) => event.at)
    .reduce<string | undefined>(
      (latest, at) => (latest === undefined || at > latest ? at : latest),
      undefined,
    );
}
