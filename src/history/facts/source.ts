import { hash } from 'node:crypto';

/** What kind of place records were read from, the most trusted first. */
export const SOURCE_KINDS = ['object', 'event-bus', 'lookup-events', 'local-file'] as const;

export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Where records were read. */
export interface RecordSource {
  readonly kind: SourceKind;
  /** `s3://…` or a whole path; absent where each record comes by itself. */
  readonly name?: string;
  /** The content name (`contentName`) of the bytes as they are stored, packed or not. */
  readonly content?: string;
}

/**
 * A fact names its sources by such ids, separated by commas and sorted: a digit for the kind, so that the most trusted
 * comes first; then, of files, eight characters of base64url for the name and four for the bytes. A day has some hundred
 * files, and a name of its own for each in each chunk would outweigh the rows.
 */
export type SourceId = string;

const NAME_BYTES = 6;
const CONTENT_CHARACTERS = 4;
/** A fact that was read in more places than this keeps the first of their ids. */
const MOST_SOURCES = 4;
const SEPARATOR = ',';

export function sourceIdOf(source: RecordSource): SourceId {
  const { kind, name, content = '' } = source;
  return name === undefined
    ? digitOf(kind)
    : `${namedSourceId(kind, name)}${content.slice(0, CONTENT_CHARACTERS)}`;
}

/** What the ids of all files of one name begin with. */
export function namedSourceId(kind: SourceKind, name: string): SourceId {
  return `${digitOf(kind)}${hash('sha256', name, 'buffer').subarray(0, NAME_BYTES).toString('base64url')}`;
}

function digitOf(kind: SourceKind): string {
  return String(SOURCE_KINDS.indexOf(kind) + 1);
}

/** The kind that an id names. */
export function sourceKindOf(id: SourceId): SourceKind | undefined {
  return SOURCE_KINDS[Number(id[0]) - 1];
}

/** The ids of a fact's sources, the most trusted first. */
export function sourceIdsIn(text: string): readonly SourceId[] {
  return text === '' ? [] : text.split(SEPARATOR);
}

/** The sources of a fact that was read twice. In any order and grouping they come to the same. */
export function joinedSources(a: string, b: string): string {
  if (a === b || b === '') return a;
  if (a === '') return b;
  return [...new Set([...sourceIdsIn(a), ...sourceIdsIn(b)])].sort().slice(0, MOST_SOURCES).join(SEPARATOR);
}
