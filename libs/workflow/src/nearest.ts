/** `; did you mean "plan"?` when one of the known names is close enough to be meant, else nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestTo(name, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

/** The known name with the fewest changed letters, at most a third of the name; undefined when none is near. */
export function nearestTo(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = name.length < 3 ? 0 : Math.ceil(name.length / 3) + 1;
  for (const candidate of known) {
    const changes = changesBetween(name, candidate);
    if (changes >= least) continue;
    best = candidate;
    least = changes;
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein distance). */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + Number(a[i] !== b[j]);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
