import { AwsError } from '../aws-error.js';

/** Parameters of a Query request: flat names such as `Filter.1.Value.2`, read by their dotted path. */
export class QueryInput {
  readonly #values: ReadonlyMap<string, string>;
  readonly #prefix: string;

  constructor(values: ReadonlyMap<string, string>, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  static parse(body: string): QueryInput {
    return new QueryInput(new Map(new URLSearchParams(body)));
  }

  text(name: string): string | undefined {
    return this.#values.get(this.#prefix + name);
  }

  need(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
    }
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isFinite(number)) {
      throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid.`);
    }
    return number;
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : value.toLowerCase() === 'true';
  }

  /** The values of `name.1`, `name.2`, … */
  list(name: string): string[] {
    const found: string[] = [];
    for (let i = 1; ; i++) {
      const value = this.text(`${name}.${i}`);
      if (value === undefined) return found;
      found.push(value);
    }
  }

  /** The structures `name.1.…`, `name.2.…`, … */
  groups(name: string): QueryInput[] {
    const start = `${this.#prefix}${name}.`;
    const indices = new Set<number>();
    for (const key of this.#values.keys()) {
      if (key.startsWith(start)) indices.add(parseInt(key.slice(start.length), 10));
    }
    return [...indices].sort((a, b) => a - b).map((i) => new QueryInput(this.#values, `${start}${i}.`));
  }

  /** The request's own parameters as one text: equal requests give equal texts. */
  fingerprint(): string {
    return JSON.stringify([...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
