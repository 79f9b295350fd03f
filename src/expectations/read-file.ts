import { type Document, isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { checkExpectation } from './check-expectation.ts';
import { checkTogether } from './check-together.ts';
import type { Expectation } from './expectation.ts';
import type { Fault } from './fault.ts';
import { expectationFileSchema } from './schema.ts';
import { faultsOfIssues } from './schema-faults.ts';

/** The longest file that is read. A thousand expectations take half a megabyte. */
const MAX_CHARACTERS = 4 << 20;
/** The limit on YAML aliases, which can make a small file huge. */
const MAX_ALIASES = 1_000;

interface LineFault {
  /** Counted from 1. */
  readonly line: number;
  /** One sentence, which quotes the file unescaped. */
  readonly sentence: string;
}

export interface ReadFile {
  /** The expectations without a fault, in the order of the file. */
  readonly expectations: readonly Expectation[];
  /** All faults, by line. If there are any, the caller should use nothing of the file. */
  readonly faults: readonly LineFault[];
  /** The line on which each expectation begins. */
  readonly lineOf: ReadonlyMap<string, number>;
}

/**
 * Reads a file of expectations: YAML 1.2, and so JSON.
 * @param nowMs epoch milliseconds; an end before it is a fault
 * @param current the stored expectations by id: their ends may be in the past
 */
export function readExpectationFile(
  text: string,
  nowMs: number,
  current: ReadonlyMap<string, Expectation> = new Map(),
): ReadFile {
  const lines = new LineCounter();
  if (text.length > MAX_CHARACTERS)
    return refused([{ line: 1, sentence: 'The file has more than 4 MB; split what it expects.' }]);
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    logLevel: 'error',
  });
  if (document.errors.length > 0) {
    return refused(
      document.errors.map(({ pos, message }) => ({
        line: lines.linePos(pos[0]).line,
        sentence: `The YAML cannot be read: ${message}.`,
      })),
    );
  }
  const value = plainValue(document);
  if (value instanceof Error)
    return refused([{ line: 1, sentence: `The YAML cannot be read: ${value.message.split('\n')[0]}.` }]);
  const lineAt = (path: Fault['path']) => lineOfPath(document.contents, path, lines);
  const entries = entriesOf(value);
  if (entries === undefined) {
    const parsed = expectationFileSchema.safeParse(value);
    const found = parsed.success ? [] : faultsOfIssues(parsed.error.issues, value);
    const sentence = 'The file must be a map with a list under `expectations`.';
    return refused(
      found.length === 0 || found.every(({ path }) => path.length === 0)
        ? [{ line: 1, sentence }]
        : found.map((fault) => ({ line: lineAt(fault.path), sentence: closed(fault.sentence) })),
    );
  }
  return readEntries(entries, value, nowMs, current, lineAt);
}

/** The document as plain JSON values: no dates of YAML 1.1, and nothing that contains itself. */
function plainValue(document: Document): unknown {
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES })) ?? 'null');
  } catch (error) {
    return error instanceof Error ? error : new Error('its content is not understood');
  }
}

function readEntries(
  entries: readonly unknown[],
  whole: unknown,
  nowMs: number,
  current: ReadonlyMap<string, Expectation>,
  lineAt: (path: Fault['path']) => number,
): ReadFile {
  const faults: LineFault[] = [];
  const addFault = (place: number, { path, sentence }: Fault) => {
    faults.push({
      line: lineAt(['expectations', place, ...path]),
      sentence: `${nameOf(entries[place])}: ${closed(sentence)}`,
    });
  };
  for (const name of Object.keys(Object(whole))) {
    if (name !== 'expectations')
      faults.push({
        line: lineAt([name]),
        sentence: `\`${name}\` is no field of the file; it has only \`expectations\`.`,
      });
  }
  const good: { readonly place: number; readonly expectation: Expectation }[] = [];
  for (const [place, entry] of entries.entries()) {
    const checked = checkExpectation(entry, nowMs, current.get(idOf(entry) ?? ''));
    if (checked.kind === 'good') good.push({ place, expectation: checked.expectation });
    else for (const fault of checked.faults) addFault(place, fault);
  }
  for (const fault of checkTogether(good.map(({ expectation }) => expectation)))
    addFault(good[fault.place]?.place ?? 0, fault);
  return {
    expectations: good.map(({ expectation }) => expectation),
    faults: faults.sort((a, b) => a.line - b.line),
    lineOf: new Map(good.map(({ place, expectation }) => [expectation.id, lineAt(['expectations', place])])),
  };
}

function refused(faults: readonly LineFault[]): ReadFile {
  return { expectations: [], faults, lineOf: new Map() };
}

function entriesOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'expectations')) return undefined;
  const entries: unknown = Reflect.get(value, 'expectations');
  return Array.isArray(entries) ? entries : undefined;
}

function idOf(entry: unknown): string | undefined {
  const id: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'id') : undefined;
  return typeof id === 'string' ? id : undefined;
}

function nameOf(entry: unknown): string {
  const id = idOf(entry);
  return id === undefined ? 'An expectation without an id' : `\`${id.slice(0, 64)}\``;
}

function closed(sentence: string): string {
  return sentence.endsWith('?') ? sentence : `${sentence}.`;
}

/** The line of a path in a document: that of the member name or list entry, or of the nearest part that exists. */
function lineOfPath(contents: unknown, path: Fault['path'], lines: LineCounter): number {
  let offset = 0;
  let node: unknown = contents;
  for (const part of path) {
    const found = stepInto(node, part);
    if (found === undefined) break;
    offset = found.at ?? offset;
    node = found.node;
  }
  return lines.linePos(offset).line;
}

function stepInto(
  node: unknown,
  part: string | number,
): { node: unknown; at: number | undefined } | undefined {
  if (typeof part === 'number') {
    const item = isSeq(node) ? node.items[part] : undefined;
    return item === undefined ? undefined : { node: item, at: startOf(item) };
  }
  const pair = isMap(node) ? node.items.find(({ key }) => textOf(key) === part) : undefined;
  return isPair(pair) ? { node: pair.value, at: startOf(pair.key) } : undefined;
}

function textOf(key: unknown): string | undefined {
  const value: unknown = typeof key === 'object' && key !== null ? Reflect.get(key, 'value') : undefined;
  return value === undefined ? undefined : String(value);
}

function startOf(node: unknown): number | undefined {
  const range: Node['range'] =
    typeof node === 'object' && node !== null && 'range' in node ? rangeOf(node) : null;
  return range?.[0];
}

function rangeOf({ range }: { readonly range: unknown }): Node['range'] {
  return Array.isArray(range) && range.length === 3
    ? [Number(range[0]), Number(range[1]), Number(range[2])]
    : null;
}
