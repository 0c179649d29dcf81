/** A bill as the spec reads it: on its own, so that it can contradict the product. */
export class Bill {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];

  constructor(csv: string) {
    const [header = [], ...rows] = parseCsv(csv);
    this.header = header;
    this.rows = rows;
  }

  column(name: string): string[] {
    const at = this.header.indexOf(name);
    return this.rows.map((row) => row[at] ?? '');
  }

  /** Exact sum of a column of decimals. */
  sum(name: string): string {
    const scale = 20;
    const units = this.column(name).map((text) => unitsOf(text, scale));
    return decimalOf(
      units.reduce((sum, one) => sum + one, 0n),
      scale,
    );
  }

  /** The rows that `wanted` chooses, with changes, as CSV. */
  csv(
    wanted: (index: number) => boolean = () => true,
    change: (row: Record<string, string>, index: number) => Record<string, string> = (row) => row,
    without: readonly string[] = [],
  ): string {
    const header = this.header.filter((name) => !without.includes(name));
    const lines = this.rows.flatMap((row, index) => {
      if (!wanted(index)) return [];
      const named = Object.fromEntries(this.header.map((name, at) => [name, row[at] ?? '']));
      const changed = change(named, index);
      return [header.map((name) => quoted(changed[name] ?? '')).join(',')];
    });
    return `${[header.map(quoted).join(','), ...lines].join('\n')}\n`;
  }
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** RFC 4180: fields may be quoted, quotes are doubled, quoted fields may hold commas and line breaks. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quotedField, plain = '', end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g,
  )) {
    if (end === '' && row.length === 0 && quotedField === undefined && plain === '') break;
    row.push(quotedField?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function unitsOf(text: string, scale: number): bigint {
  const match = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match || text === '') throw new Error(`"${text}" is no decimal`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`;
  const shift = scale - fraction.length + Number(exponent);
  if (shift < 0) throw new Error(`"${text}" is finer than ${scale} places`);
  const units = BigInt(digits === '' ? '0' : digits) * 10n ** BigInt(shift);
  return sign === '-' ? -units : units;
}

function decimalOf(units: bigint, scale: number): string {
  const text = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const plain = `${text.slice(0, -scale)}.${text.slice(-scale)}`.replace(/\.?0+$/, '');
  return units < 0n ? `-${plain}` : plain;
}
