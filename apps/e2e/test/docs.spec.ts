import { describe, expect, it } from '@jest/globals';
import { eventContracts, streams } from '@trimtab/contracts';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { inRepository } from '../src/root.js';

const root = inRepository();
const left = new Set(['node_modules', 'dist', '.trimtab', '.nx', '.git', 'coverage', 'templates']);

function markdownFiles(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (left.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = markdownFiles();
const withoutCode = (text: string): string =>
  text.replace(/^(```+)[^]*?^\1\s*$/gm, '').replace(/`[^`\n]*`/g, '');

/** Anchors as GitHub makes them from headings. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  const headings = [
    ...read(path)
      .replace(/^(```+)[^]*?^\1\s*$/gm, '')
      .matchAll(/^#{1,6}\s+(.+?)\s*$/gm),
  ];
  for (const [, heading = ''] of headings) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const repeated = [...anchors].filter((one) => one === slug || one.startsWith(`${slug}-`)).length;
    anchors.add(anchors.has(slug) ? `${slug}-${repeated}` : slug);
  }
  return anchors;
}

interface Link {
  readonly from: string;
  readonly target: string;
}

const links: Link[] = files.flatMap((from) =>
  [...withoutCode(read(from)).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)|(?:src|href)="([^"]+)"/g)].map(
    ([, a, b]) => ({
      from,
      target: a ?? b ?? '',
    }),
  ),
);

function problemOf({ from, target }: Link): string | undefined {
  if (/^(https?|mailto|nats):/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(root, from) : resolve(root, dirname(from), path);
  if (!file.startsWith(root)) return `${from} → ${target}: outside of the repository`;
  if (!existsSync(file)) return `${from} → ${target}: no such file`;
  if (anchor === undefined || statSync(file).isDirectory() || !file.endsWith('.md')) return undefined;
  return anchorsOf(relative(root, file)).has(anchor) ? undefined : `${from} → ${target}: no such heading`;
}

describe('links in Markdown', () => {
  it('lead to files and headings that exist', () => {
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'docs/architecture.md', 'apps/analysis/README.md']),
    );
    expect(links.length).toBeGreaterThan(100);
    expect(links.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('reach every document from the README', () => {
    const seen = new Set<string>();
    const walk = (from: string): void => {
      if (seen.has(from)) return;
      seen.add(from);
      for (const { target } of links.filter((link) => link.from === from)) {
        const path = relative(root, resolve(root, dirname(from), target.split('#')[0] ?? ''));
        if (files.includes(path)) walk(path);
      }
    };
    walk('README.md');
    const documents = files.filter((file) => file.startsWith('docs/') || !file.includes('/'));
    expect(documents.filter((file) => !seen.has(file))).toEqual([]);
  });
});

/** `<!-- source: FILE -->` before a code block: the block is the file. `<!-- part of: FILE -->`: it is a piece of it. */
const quotes = files.flatMap((from) =>
  [...read(from).matchAll(/<!-- (source|part of): (\S+) -->\n+(```+)\w*\n([^]*?)^\3$/gm)].map(
    ([, kind = '', path = '', , code = '']) => ({ from, kind, path, code: code.trim() }),
  ),
);

/** A quoted piece may stand further to the left. */
const flat = (text: string): string => text.replace(/^[ \t]+/gm, '');

describe('code in Markdown that is quoted from files', () => {
  it('is what the file says', () => {
    expect(quotes.length).toBeGreaterThan(5);
    const wrong = quotes.filter(({ kind, path, code }) => {
      const text = existsSync(join(root, path)) ? read(path).trim() : '';
      return kind === 'source' ? text !== code : !flat(text).includes(flat(code));
    });
    expect(wrong.map(({ from, path }) => `${from} quotes ${path}, which says something else`)).toEqual([]);
  });

  it('is marked as such wherever a marker stands', () => {
    const markers = files.flatMap((from) => read(from).match(/<!-- (source|part of): /g) ?? []);
    expect(markers).toHaveLength(quotes.length);
  });
});

describe('tables of the documents', () => {
  const scope = [
    ...Array.from({ length: 29 }, (_, i) => `O${i + 1}`),
    ...Array.from({ length: 12 }, (_, i) => `F${i + 1}`),
    ...Array.from({ length: 13 }, (_, i) => `P${i + 1}`),
  ];

  it('give every capability of the scope one honest status', () => {
    const rows = [...read('README.md').matchAll(/^\| ([OFP]\d+)\s*\|.*\|\s*(\w+)\s*\|.*\|$/gm)];
    expect(rows.map(([, id]) => id)).toEqual(scope);
    for (const [row, , status] of rows)
      expect([row, ['now', 'partly', 'planned'].includes(status ?? '')]).toEqual([row, true]);
  });

  it('name every public event and every stream', () => {
    const messages = read('docs/messages.md');
    for (const type of Object.keys(eventContracts)) {
      const [, context = '', event = ''] = type.split('.');
      expect([type, new RegExp(`^\\| \`${context}\` .*\`${event}\``, 'm').test(messages)]).toEqual([
        type,
        true,
      ]);
    }
    for (const { name } of streams)
      expect(read('docs/architecture.md')).toMatch(new RegExp(`^\\| ${name} `, 'm'));
  });

  it('name every variable that a service reads', () => {
    const readers = [
      'libs/service/src/service-config.ts',
      'apps/gateway/src/config.ts',
      'apps/orchestrator/src/config.ts',
      'apps/execution/src/config.ts',
      'apps/discovery/src/config.ts',
    ];
    const variables = readers.flatMap((path) =>
      [...read(path).matchAll(/^ {2}([A-Z][A-Z0-9_]+): z/gm)].map(([, name = '']) => name),
    );
    expect(variables.length).toBeGreaterThan(10);
    const documented = read('docs/configuration.md');
    expect(variables.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  it('name every verb of the command line, and no other', () => {
    const sources = readdirSync(inRepository('apps/cli/src/verbs'))
      .map((file) => read(`apps/cli/src/verbs/${file}`))
      .join('\n');
    const known = new Set([...sources.matchAll(/command\(\s*['`]([a-z]+)/g)].map(([, name = '']) => name));
    const documented = [...read('docs/cli.md').matchAll(/^\| `trimtab ([^`]+)`/gm)].map(([, usage = '']) =>
      usage.replaceAll('\\|', '|'),
    );
    const words = documented.flatMap((usage) =>
      usage
        .split(' ')
        .slice(0, 3)
        .flatMap((word) => (/^[a-z|]+$/.test(word) ? word.split('|') : [])),
    );
    for (const name of known) expect(words).toContain(name);
    const byLoop = ['approve', 'reject', 'cancel', 'pause', 'resume', 'terminate', 'delete'];
    expect(words.filter((word) => !known.has(word) && !byLoop.includes(word))).toEqual([]);
  });
});
