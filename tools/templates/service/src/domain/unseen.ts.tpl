/** The subjects that are not known, each once, in the order that they came. */
export const unseen = (subjects: readonly string[], known: ReadonlySet<string>): string[] =>
  [...new Set(subjects)].filter((subject) => !known.has(subject));
