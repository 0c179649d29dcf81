import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { Path, Setting } from './origins.js';
import { isRecord, leaves } from './origins.js';
import type { Problem } from './problems.js';

/** A configuration file with the means to say on which line a path stands. */
export class ConfigFile {
  private constructor(
    readonly name: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
    readonly problems: readonly Problem[],
  ) {}

  static read(name: string): ConfigFile {
    return ConfigFile.parse(name, readFileSync(name, 'utf8'));
  }

  static parse(name: string, text: string): ConfigFile {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
    const problems = document.errors.map((error) => ({
      path: [],
      message: error.message.split('\n')[0] ?? error.code,
      origin: { from: 'file' as const, file: name, line: error.linePos?.[0].line ?? 1 },
    }));
    return new ConfigFile(name, document as Document, lines, problems);
  }

  /** Line of the deepest node on the path that the file has. */
  lineOf(path: Path): number {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = this.document.getIn(path.slice(0, depth), true) as
        { range?: [number, number, number] } | undefined;
      if (node?.range) return this.lines.linePos(node.range[0]).line;
    }
    return 1;
  }

  /** The settings of the file for one environment: the base first, then its overrides. */
  settings(environment: string | undefined): {
    settings: Setting[];
    problems: Problem[];
    environment?: string;
  } {
    const content: unknown = this.problems.length > 0 ? {} : (this.document.toJS() ?? {});
    if (!isRecord(content))
      return { settings: [], problems: [this.problem([], 'the file must hold sections')] };
    const { environment: named, environments, ...base } = content;
    const chosen = environment ?? (typeof named === 'string' ? named : undefined);
    const settings = this.at([], base);
    if (chosen === undefined) return { settings, problems: [] };
    const overrides = isRecord(environments) ? environments[chosen] : undefined;
    if (!isRecord(overrides)) {
      const known = isRecord(environments) ? Object.keys(environments).join(', ') : 'none';
      const message = `environment "${chosen}" is not in the file (known: ${known})`;
      return { settings, problems: [this.problem(['environments'], message)], environment: chosen };
    }
    return {
      settings: [...settings, ...this.at(['environments', chosen], overrides)],
      problems: [],
      environment: chosen,
    };
  }

  private at(prefix: Path, content: Record<string, unknown>): Setting[] {
    if (Object.keys(content).length === 0) return [];
    return leaves(content).map(({ path, value }) => ({
      path,
      value,
      origin: { from: 'file', file: this.name, line: this.lineOf([...prefix, ...path]) },
    }));
  }

  private problem(path: Path, message: string): Problem {
    return { path, message, origin: { from: 'file', file: this.name, line: this.lineOf(path) } };
  }
}
