import { KeytrailError } from '../../keytrail-error.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import { DAY_MS, dayStart } from '../../utc-time.ts';
import { dayKey } from '../facts/table-keys.ts';

/**
 * The one item of a day that changes in place. Everything else of a day is written once under a name that is
 * never used again, so that moving this item from one version to the next is what makes a seal true.
 *
 * Appending and sealing meet in generations. A batch puts its segments under the open generation and then
 * reads this item again: if that generation was closed meanwhile, it puts them under the new one too. A
 * sealer closes the open generation first and reads its segments after that. So either the sealer sees a
 * segment, or the batch sees that it was too late. If both happen, the duplicate is dropped by sealing.
 */
export interface DayState {
  readonly day: string;
  /** Counts every change of this item; 0 where there is none yet. */
  readonly version: number;
  /** The generation that takes segments now, from 1. */
  readonly open: number;
  /** Hours (bit 0 is 00:00) that may have segments, by generation not sealed yet. */
  readonly pending: Readonly<Record<number, number>>;
  /** Write shards beside shard 0 that may have segments, by generation not sealed yet; as bits, see `write-shards.ts`. */
  readonly shards: Readonly<Record<number, number>>;
  /** Hours to be sealed again without new segments: what their rows depend on has changed. */
  readonly stale: number;
  /** How often hours were made stale. A seal in flight that finds it raised was planned from outdated knowledge. */
  readonly staleCount: number;
  /**
   * Aliases that a seal changed and whose change has not yet been applied to other days. Seals note none any more:
   * `settleEvidence` invalidates the days.
   */
  readonly pendingInvalidations: readonly { readonly alias: string }[];
  /** How often the day was sealed; 0 never. */
  readonly sealVersion: number;
  /** For each seal, from the first: the tag in the root's name. It distinguishes committed pages from others. */
  readonly tags: readonly string[];
  /** The runs of its event index; see `IndexRun`. */
  readonly indexRuns: readonly StoredRun[];
  /** Sort key of the current root; absent before the first seal. */
  readonly root?: string;
  /** Rows of the sealed part that answers show, and the times of the first and the last. */
  readonly rows: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
  /** Set once the day's rows have expired: readers leave it out, nobody seals it, its root stays. */
  readonly expired?: Expired;
}

/** That the rows of a day have expired. */
interface Expired {
  /** Which run of the retention did it. */
  readonly run: string;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** Whether its items are gone too. */
  readonly isGone: boolean;
}

/** Which seal wrote a run, and by how many bits of the ids. */
interface StoredRun {
  readonly version: number;
  readonly bits: number;
}

function emptyDay(day: string): DayState {
  return {
    day,
    version: 0,
    open: 1,
    pending: {},
    shards: {},
    stale: 0,
    staleCount: 0,
    pendingInvalidations: [],
    sealVersion: 0,
    tags: [],
    indexRuns: [],
    rows: 0,
  };
}

export function pendingHours(state: DayState): number {
  return Object.values(state.pending).reduce((mask, hours) => mask | hours, state.stale);
}

/** Whether the day has something to be sealed, or other days to invalidate since an earlier version of Keytrail. */
export function isUnsettled(state: DayState): boolean {
  if (state.expired !== undefined) return false;
  return pendingHours(state) !== 0 || state.pendingInvalidations.length > 0;
}

/** Whether items of a day's earlier version may be gone: the day was sealed since, or it expired. */
export function hasMovedOn(before: DayState, now: DayState): boolean {
  return now.sealVersion !== before.sealVersion || now.expired?.timeMs !== before.expired?.timeMs;
}

/** Whether the day committed the version of a name that begins with `<version>.<tag>`. */
export function isCommitted(state: DayState | undefined, name: string): boolean {
  const [version = '', tag = ''] = name.split('.');
  return tag !== '' && state?.tags[Number.parseInt(version, 16) - 1] === tag;
}

export async function readDay(table: Table, day: string): Promise<DayState> {
  const item = await table.get(dayKey(day));
  return item === undefined ? emptyDay(day) : decodeDay(item);
}

/** The days from `from` to `to`, both inclusive, that have an item, oldest first. */
export async function readDays(table: Table, from?: string, to?: string): Promise<DayState[]> {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return (await table.query('D', range)).map(decodeDay);
}

/** Moves the day to `next` if nobody changed it since `state` was read; answers the new state or undefined. */
export async function moveDay(
  table: Table,
  state: DayState,
  next: Omit<DayState, 'day' | 'version'>,
): Promise<DayState | undefined> {
  // Nobody asks for the shards of a generation that is not pending.
  const shards = Object.fromEntries(
    Object.entries(next.shards).filter(([generation]) => next.pending[Number(generation)] !== undefined),
  );
  const moved = { ...next, shards, day: state.day, version: state.version + 1 };
  const put = await table.putIf(encodeDay(moved), state.version === 0 ? undefined : state.version);
  return put ? moved : undefined;
}

/** Changes the day, again after each change by somebody else; `change` answers undefined to leave it. */
export async function changeDay(
  table: Table,
  day: string,
  change: (state: DayState) => DayState | undefined,
): Promise<DayState> {
  for (;;) {
    const state = await readDay(table, day);
    const next = change(state);
    if (next === undefined) return state;
    const moved = await moveDay(table, state, next);
    if (moved !== undefined) return moved;
  }
}

/** Makes batches put their segments under a new generation, so that the old one is complete. */
export async function closeGeneration(table: Table, day: string): Promise<DayState> {
  return changeDay(table, day, (state) =>
    state.pending[state.open] === undefined ? undefined : { ...state, open: state.open + 1 },
  );
}

/**
 * Format 2 has write shards; they are stored as `lanes`. Since format 3 what a day's records say of aliases is settled
 * with the facts of jobs.
 */
const DAY_FORMAT = 3;

function encodeDay(state: DayState): Item & { version: number } {
  return {
    ...dayKey(state.day),
    version: state.version,
    // Compressed: there may be thousands, and an item holds 400 KB.
    ...(state.pendingInvalidations.length === 0 ? {} : { body: encodeJson(state.pendingInvalidations) }),
    fields: {
      format: DAY_FORMAT,
      open: state.open,
      pending: JSON.stringify(state.pending),
      ...(Object.keys(state.shards).length === 0 ? {} : { lanes: JSON.stringify(state.shards) }),
      stale: state.stale,
      stales: state.staleCount,
      seal: state.sealVersion,
      tags: state.tags.join(''),
      index: state.indexRuns.map(({ version, bits }) => `${version}:${bits}`).join(),
      rows: state.rows,
      ...(state.root === undefined ? {} : { root: state.root }),
      ...(state.firstMs === undefined ? {} : { first: state.firstMs }),
      ...(state.lastMs === undefined ? {} : { last: state.lastMs }),
      ...(state.expired === undefined ? {} : { expired: JSON.stringify(state.expired) }),
    },
  };
}

function decodeDay(item: Item): DayState {
  const fields = item.fields ?? {};
  if (Number(fields['format'] ?? 1) > DAY_FORMAT) {
    throw new KeytrailError(
      'unsupported-format',
      `The item of ${item.sk} was written by a newer Keytrail (format ${fields['format']}); use that version.`,
    );
  }
  const number = (name: string) => Number(fields[name] ?? 0);
  const tags = String(fields['tags'] ?? '').match(/.{8}/g) ?? [];
  return {
    day: item.sk,
    version: item.version ?? 0,
    open: number('open'),
    pending: JSON.parse(String(fields['pending'] ?? '{}')) as Record<number, number>,
    shards: JSON.parse(String(fields['lanes'] ?? '{}')) as Record<number, number>,
    stale: number('stale'),
    staleCount: number('stales'),
    pendingInvalidations:
      item.body === undefined
        ? []
        : decodeJson<DayState['pendingInvalidations']>(item, `The item of the day ${item.sk}`),
    sealVersion: number('seal'),
    tags,
    indexRuns: String(fields['index'] ?? '')
      .split(',')
      .filter((run) => run !== '')
      .map(decodeRun),
    rows: number('rows'),
    ...(typeof fields['root'] === 'string' ? { root: fields['root'] } : {}),
    ...(typeof fields['first'] === 'number' ? { firstMs: fields['first'] } : {}),
    ...(typeof fields['last'] === 'number' ? { lastMs: fields['last'] } : {}),
    ...(typeof fields['expired'] === 'string' ? { expired: JSON.parse(fields['expired']) as Expired } : {}),
  };
}

function decodeRun(text: string): StoredRun {
  const [version, bits] = text.split(':').map(Number);
  return { version: version ?? 0, bits: bits ?? 0 };
}

/** The bytes of a day's unsealed segments, in the open generation and in the closed ones. */
export interface PendingBytes {
  readonly openBytes: number;
  readonly closedBytes: number;
}

/** Whether the open generation is so large that a regular reader should close it, and read later only what is new. */
export function isGrown({ openBytes, closedBytes }: PendingBytes): boolean {
  return openBytes >= GROWN_BYTES && openBytes >= closedBytes * GROWN_SHARE;
}

/** Reading less than this again costs little. */
const GROWN_BYTES = 256 * 1024;

/** A generation grows in proportion to the closed ones, since each costs readers a request. */
const GROWN_SHARE = 0.25;

/**
 * How long after its end a day is sealed. CloudTrail delivers within about 5 minutes on average, EventBridge sooner.
 * Later events are sealed by a later run.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const SETTLING_MS = 20 * 60_000;

/**
 * Whether a scheduled sealer should seal a day now. It leaves a day that still goes on: sealing it again would write its
 * items again, and answers do not need it.
 * @param nowMs epoch milliseconds
 */
export function isSealDue(state: DayState, nowMs: number): boolean {
  return isUnsettled(state) && nowMs >= dayStart(state.day) + DAY_MS + SETTLING_MS;
}
