import { KeytrailError } from '../keytrail-error.ts';
import { itemWords } from '../table/corrupt-item.ts';
import type { Table } from '../table/table.ts';
import { type Checkpoint, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { type DaySeal, decodeDaySeal } from './day-seal.ts';
import { type LogHead, readLogHead } from './log-head.ts';
import { readLoggedDays } from './log-sealed-days.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './merkle-hash.ts';
import { leafKey, leavesFrom, type StoredLeaf } from './seal-log.ts';
import { readCheckpoints } from './sign-log.ts';
import { type NoteKey, parseNoteKey } from './signed-note.ts';

/** The newest seal of a day, and its place in the log. */
export type NewestSeal = DaySeal & { readonly index: number };

/** What the log of a history says, each of it worked out anew from its leaves. */
export interface CheckedLog {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly newest: ReadonlyMap<string, NewestSeal>;
  /** The newest checkpoint; absent where nothing is signed. */
  readonly checkpoint?: { readonly note: string; readonly size: number; readonly keyId: string };
  /** How many checkpoints there are. */
  readonly checkpoints: number;
  /** Whether those who sealed last had been asked not to sign. */
  readonly isUnsigned: boolean;
}

/** An earlier checkpoint, and where it comes from. */
export interface EarlierNote {
  readonly name: string;
  readonly note: string;
}

/** A log that is not what it should be: a sentence without its full stop. */
export class LogFault extends Error {
  override readonly name = 'LogFault';
  /** Whether it is also seen for a moment while a sealing run goes on. */
  readonly mayPass: boolean;

  constructor(sentence: string, { mayPass = false, cause }: { mayPass?: boolean; cause?: unknown } = {}) {
    super(sentence, { cause });
    this.mayPass = mayPass;
  }
}

/**
 * Checks the log of a history: its leaves are numbered without a gap, hash to the nodes that are stored with them and to
 * the root of every checkpoint, and name each version of a day after the version before. In memory is one seal for each
 * day and one root for each checkpoint.
 * @param since a checkpoint that was kept elsewhere, which the log must extend
 * @throws LogFault
 */
export async function checkLog(table: Table, since?: EarlierNote): Promise<CheckedLog> {
  const before = await named(() => readLogHead(table));
  if (before === undefined) {
    throw new LogFault(
      'this history has no log of seals, as it was last sealed by an earlier version of Keytrail or its log was taken away; `keytrail import` makes one',
      { mayPass: true },
    );
  }
  const earlier =
    since === undefined ? undefined : await named(() => parseCheckpoint(since.note), since.name);
  const notes = await named(() => readCheckpoints(table));
  // Its key is there before the first checkpoint; what it counts may be more by now than was read of the log.
  const { key } = (await named(() => readLogHead(table))) ?? before;
  const head: LogHead = { ...before, ...(key === undefined ? {} : { key }) };
  const signed = notes.length === 0 ? [] : await checkedNotes(head, notes);
  const log = await growLog(table, new Set([...signed.map(({ size }) => size), earlier?.size ?? 0]));
  for (const checkpoint of signed) refuseOtherRoot(checkpoint, log, checkpoint.place);
  const [newest] = signed;
  const checked = {
    ...{ origin: head.origin, size: log.size, root: log.rootNow(), newest: log.newest },
    ...{ checkpoints: notes.length, isUnsigned: head.isUnsigned },
    ...(newest === undefined ? {} : { checkpoint: newest }),
  };
  if (since !== undefined && earlier !== undefined) await checkEarlier(head, since, earlier, log);
  await checkNotes(table, head, checked);
  return checked;
}

/** A log as it grows by one leaf after the other. */
class GrowingLog {
  readonly newest = new Map<string, NewestSeal>();
  size = 0;
  /** The roots of the full trees that the log consists of, the largest first. */
  readonly #trees: Uint8Array[] = [];
  readonly #roots = new Map<number, Uint8Array>();
  readonly #sizes: ReadonlySet<number>;

  /** @param sizes those at which its root is asked for */
  constructor(sizes: ReadonlySet<number>) {
    this.#sizes = sizes;
  }

  add({ index, entry, nodes, item }: StoredLeaf): void {
    if (index !== this.size) throw new LogFault(`the seal ${itemWords(leafKey(this.size))} is missing`);
    let node: Uint8Array = leafHash(entry);
    for (const [level, stored] of nodes.entries()) {
      if (level > 0) node = nodeHash(this.#trees.pop() as Uint8Array, node);
      if (Buffer.compare(node, stored) !== 0)
        throw new LogFault(`the seal ${itemWords(item)} does not hash to the nodes of its log`);
    }
    this.#trees.push(node);
    const seal = decodeDaySeal(item);
    const before = this.newest.get(seal.day);
    const isNext =
      seal.previous === before?.index &&
      seal.version > (before?.version ?? 0) &&
      (before === undefined || seal.version > before.version + 1 || seal.follows === before.root);
    if (!isNext)
      throw new LogFault(
        `the seal ${itemWords(item)} is of version ${seal.version} of ${seal.day}, which does not follow version ${before?.version ?? 0}`,
      );
    this.newest.set(seal.day, { ...seal, index });
    this.size++;
    if (this.#sizes.has(this.size)) this.#roots.set(this.size, this.rootNow());
  }

  /** The root when the log had one of the sizes that were asked for; undefined where it never had. */
  rootAt(size: number): Uint8Array | undefined {
    return size === 0 ? EMPTY_ROOT : this.#roots.get(size);
  }

  rootNow(): Uint8Array {
    return (
      this.#trees.reduceRight<Uint8Array | undefined>(
        (right, left) => (right === undefined ? left : nodeHash(left, right)),
        undefined,
      ) ?? EMPTY_ROOT
    );
  }
}

async function growLog(table: Table, sizes: ReadonlySet<number>): Promise<GrowingLog> {
  const log = new GrowingLog(sizes);
  await named(async () => {
    for await (const leaf of leavesFrom(table, 0)) log.add(leaf);
  });
  return log;
}

/** A checkpoint whose signature is right. */
interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
  readonly keyId: string;
  /** Names its item. */
  readonly place: string;
}

/** Checks that checkpoints are numbered without a gap, grow, and are signed. @param notes from the newest */
async function checkedNotes(
  head: LogHead,
  notes: Awaited<ReturnType<typeof readCheckpoints>>,
): Promise<SignedCheckpoint[]> {
  const key = await keyOf(head);
  const signed: SignedCheckpoint[] = [];
  for (const [place, { number, note, item }] of notes.entries()) {
    const after = signed.at(-1);
    const name = `the checkpoint ${itemWords(item)}`;
    if (number !== notes.length - 1 - place)
      throw new LogFault(`a checkpoint is missing before or after ${name}`);
    const checkpoint = await named(() => verifyCheckpoint(note, key), name);
    if (after !== undefined && checkpoint.size >= after.size)
      throw new LogFault(`${name} is of ${checkpoint.size} seals, and the one after it of ${after.size}`);
    signed.push({ ...checkpoint, note, keyId: key.keyId, place: name });
  }
  return signed;
}

async function checkEarlier(
  head: LogHead,
  { name, note }: EarlierNote,
  earlier: Checkpoint,
  log: GrowingLog,
): Promise<void> {
  if (earlier.origin !== head.origin)
    throw new LogFault(
      `${name} is a checkpoint of another history (${earlier.origin}, this is ${head.origin})`,
    );
  const key = await keyOf(head);
  await named(() => verifyCheckpoint(note, key), name);
  refuseOtherRoot(earlier, log, name);
}

function refuseOtherRoot({ size, root }: Checkpoint, log: GrowingLog, name: string): void {
  const now = log.rootAt(size);
  if (now === undefined)
    throw new LogFault(`${name} is of ${size} seals, and the log has ${log.size}: seals were taken away`);
  if (Buffer.compare(now, root) !== 0)
    throw new LogFault(`the first ${size} seals of the log are not those of ${name}: seals were replaced`);
}

async function keyOf(head: LogHead): Promise<NoteKey> {
  const place = 'the head of the log (pk M, sk seals)';
  const key = await named(() => parseNoteKey(head.key ?? ''), place);
  if (key.name !== head.origin) throw new LogFault(`${place} has a key of another history`);
  return key;
}

/** What is noted beside the log agrees with it; it lags behind only where a sealing run was cut off. */
async function checkNotes(
  table: Table,
  head: LogHead,
  { newest, size, checkpoint }: Pick<CheckedLog, 'newest' | 'size' | 'checkpoint'>,
): Promise<void> {
  const logged = await readLoggedDays(table);
  for (const [day, { index, version, root }] of newest) {
    const noted = logged.get(day);
    if (noted?.index !== index || noted.version !== version || noted.root !== root)
      throw new LogFault(
        `the note of the newest seal of ${day} (pk seal-day, sk ${day}) does not name it${CUT_OFF}`,
        { mayPass: true },
      );
  }
  for (const day of logged.keys()) {
    if (!newest.has(day))
      throw new LogFault(
        `the log has no seal of ${day} any more, which a note (pk seal-day, sk ${day}) names`,
        { mayPass: true },
      );
  }
  const signed = checkpoint?.size ?? 0;
  if (head.size > size || head.signed > signed) {
    const what =
      head.size > size
        ? `${head.size} seals, and there are ${size}`
        : `a checkpoint of ${head.signed} seals, which is missing`;
    throw new LogFault(`the head of the log (pk M, sk seals) names ${what}`, { mayPass: true });
  }
  if (head.size < size || head.signed < signed)
    throw new LogFault(`the head of the log (pk M, sk seals) lags behind the log${CUT_OFF}`, {
      mayPass: true,
    });
}

const CUT_OFF = ': it was altered, or a sealing run was cut off, which the next import completes';

/** Adds where it happened to the errors of what was read. */
async function named<Value>(read: () => Value | Promise<Value>, place?: string): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    const isOfLog =
      error instanceof KeytrailError &&
      (error.code === 'bad-note' || error.code === 'corrupt-item' || error.code === 'unsupported-format');
    if (!isOfLog) throw error;
    const sentence = error.message.replace(/\.$/, '');
    throw new LogFault(place === undefined ? sentence : `${place}: ${sentence}`, { cause: error });
  }
}
