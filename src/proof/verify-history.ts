import type { KeyObject } from 'node:crypto';
import { forEachConcurrently } from '../for-each-concurrently.ts';
import { type DayState, hasMovedOn, isUnsettled, readDay, readDays } from '../history/day/day-state.ts';
import {
  checkedRoot,
  checkListedItems,
  checkSlot,
  checkState,
  NotAsSealed,
} from '../history/seal/check-day.ts';
import { KeytrailError } from '../keytrail-error.ts';
import type { Table } from '../table/table.ts';
import { type CheckedLog, checkLog, type EarlierNote, LogFault, type NewestSeal } from './check-log.ts';
import { readLogHead } from './log-head.ts';
import { parseNoteKey } from './signed-note.ts';

/** Some slots of a sealed day, whose rows are checked together. */
export interface SlotRange {
  readonly seal: NewestSeal;
  /** Numbers of slots, from the first to just before the last. */
  readonly from: number;
  readonly to: number;
}

/** What became of slots: how many rows they have, or what is wrong. */
export type CheckedSlots =
  | { readonly kind: 'as-sealed'; readonly rows: number }
  | { readonly kind: 'fault'; readonly what: string };

/** What checks ranges of slots, some at once. */
interface CheckingThreads {
  readonly parallel: number;
  readonly check: (range: SlotRange) => Promise<CheckedSlots>;
}

export interface VerifyParts {
  readonly table: Table;
  readonly since?: EarlierNote;
  /** The public key of whoever signs for this history, where it is at hand. */
  readonly publicKey?: () => Promise<KeyObject>;
  /** Threads that check so many rows; undefined, or absent, for this thread alone. */
  readonly startThreads?: (rows: number) => CheckingThreads | undefined;
  readonly onRows?: (rows: number, of: number) => void;
  /** Waits for a sealing run that may be in the middle of its work; nobody waits when absent. */
  readonly pause?: () => Promise<void>;
}

/** One line of what was verified. */
export interface Finding {
  readonly kind: 'holds' | 'fault' | 'note';
  readonly sentence: string;
}

/** What verifying found: whether all of it holds, line by line. */
export interface VerifiedHistory {
  readonly findings: readonly Finding[];
  /** What none of it proves. */
  readonly limits: readonly string[];
  /** The note of the newest checkpoint. */
  readonly checkpoint?: string;
}

/** How often a log that lacks something is looked at again. */
const MOST_PAUSES = 5;

/** Facts in a range of slots: enough that asking another thread costs little beside checking them. */
const FACTS_IN_RANGE = 65_536;

/**
 * Verifies a sealed history: rows re-hash to their hours, hours to the seals of their days, seals to the log and its
 * signed checkpoint.
 */
export async function verifyHistory(parts: VerifyParts): Promise<VerifiedHistory> {
  const { table, since } = parts;
  const { states, log } = await settledLog(parts);
  if (log instanceof LogFault) return { findings: [fault(log.message)], limits: limitsOf(states) };
  const findings = [
    ...(await checkedDays(parts, states, log)),
    holds(
      `${several(log.size, 'seal', 'seals')} of ${several(log.newest.size, 'day', 'days')} are one log (${log.origin})`,
    ),
    ...signatureOf(log),
    ...(await keyFinding(parts, table, log)),
    ...(since === undefined ? [] : [holds(`the log extends the checkpoint in ${since.name}`)]),
  ];
  return {
    findings,
    limits: limitsOf(states),
    ...(log.checkpoint === undefined ? {} : { checkpoint: log.checkpoint.note }),
  };
}

/** The days, and the log or what is wrong with it; where a sealing run is in the middle of its work, after that. */
async function settledLog({ table, since, pause }: VerifyParts) {
  for (let left = pause === undefined ? 0 : MOST_PAUSES; ; left--) {
    // Read before the log: a day that is sealed meanwhile is in the log later.
    const states = await readDays(table);
    let log: CheckedLog | LogFault;
    try {
      log = await checkLog(table, since);
    } catch (error) {
      if (!(error instanceof LogFault)) throw error;
      log = error;
    }
    if (left === 0 || !isBehind(log, states)) return { states, log };
    await pause?.();
  }
}

/** Whether the log may be about to get what it lacks. */
function isBehind(log: CheckedLog | LogFault, states: readonly DayState[]): boolean {
  if (log instanceof LogFault) return log.mayPass;
  const isSigned = log.isUnsigned || log.checkpoint?.size === log.size;
  return (
    !isSigned || states.some(({ day, sealVersion }) => sealVersion > (log.newest.get(day)?.version ?? 0))
  );
}

/** Checks some slots of a day in this thread. */
export async function checkSlotRange(table: Table, { seal, from, to }: SlotRange): Promise<CheckedSlots> {
  try {
    const root = await checkedRoot(table, seal);
    let rows = 0;
    for (const slot of root.slots.slice(from, to)) rows += await checkSlot(table, root, slot);
    return { kind: 'as-sealed', rows };
  } catch (error) {
    return { kind: 'fault', what: faultOf(error) };
  }
}

async function checkedDays(
  parts: VerifyParts,
  states: readonly DayState[],
  { newest }: CheckedLog,
): Promise<Finding[]> {
  const days = new DaysCheck(parts);
  const byDay = new Map(states.map((state) => [state.day, state]));
  for (const day of newest.keys()) {
    if (!byDay.has(day)) await days.blameUnlessMoved(day, `the item of the day (pk D, sk ${day}) is missing`);
  }
  const ranges: SlotRange[] = [];
  for (const state of states) {
    if (state.root === undefined) {
      if (newest.has(state.day))
        await days.blameUnlessMoved(state.day, `the item of the day (pk D, sk ${state.day}) names no seal`);
      continue;
    }
    ranges.push(...(await days.open(state, newest.get(state.day))));
  }
  const of = ranges.reduce((sum, { from, seal }) => sum + (from === 0 ? seal.rows : 0), 0);
  const { parallel, check }: CheckingThreads = parts.startThreads?.(of) ?? {
    parallel: 1,
    check: (range) => checkSlotRange(parts.table, range),
  };
  await forEachConcurrently(ranges, parallel, async (range) => {
    const checked = await check(range);
    if (checked.kind === 'fault') await days.blameUnlessMoved(range.seal.day, checked.what);
    else days.count(checked.rows);
    parts.onRows?.(days.rows, of);
  });
  return days.findings();
}

/** The days of a history as they are checked. */
class DaysCheck {
  rows = 0;
  readonly #table: Table;
  readonly #states = new Map<string, DayState>();
  readonly #faults = new Map<string, string>();
  readonly #moved = new Set<string>();
  #expired = 0;
  #uncovered = 0;

  constructor({ table }: VerifyParts) {
    this.#table = table;
  }

  /** Checks what there is of a day beside its rows. @returns its slots, whose rows are to be checked */
  async open(state: DayState, seal: NewestSeal | undefined): Promise<SlotRange[]> {
    this.#states.set(state.day, state);
    if (seal === undefined || seal.version < state.sealVersion) {
      await this.blameUnlessMoved(
        state.day,
        `version ${state.sealVersion} of the day is not in the log of seals: it was replaced, or a sealing run was cut off, which the next import completes`,
      );
      return [];
    }
    try {
      const root = await checkedRoot(this.#table, seal);
      checkState(state, seal, root);
      if (state.expired !== undefined) {
        this.#expired++;
        return [];
      }
      if ((await checkListedItems(this.#table, seal, root)) > 0) this.#uncovered++;
      return rangesOf(
        seal,
        root.slots.map(({ facts }) => facts),
      );
    } catch (error) {
      await this.blameUnlessMoved(state.day, faultOf(error));
      return [];
    }
  }

  count(rows: number): void {
    this.rows += rows;
  }

  /** A day that was sealed again since it was read is another one: the items of the version before are swept. */
  async blameUnlessMoved(day: string, what: string): Promise<void> {
    const before = this.#states.get(day);
    const now = await readDay(this.#table, day);
    // A day without a state had no seal when the days were read.
    if (before === undefined ? now.root !== undefined : hasMovedOn(before, now)) this.#moved.add(day);
    else if (!this.#faults.has(day)) this.#faults.set(day, what);
  }

  findings(): Finding[] {
    const bad = [...this.#faults].sort(([a], [b]) => (a < b ? -1 : 1));
    const [first] = bad;
    const checked = [...this.#states.keys()].filter((day) => !this.#faults.has(day) && !this.#moved.has(day));
    const good = checked.length - this.#expired;
    const more =
      bad.length < 2 ? '' : `; ${several(bad.length - 1, 'more day is', 'more days are')} not as sealed`;
    return [
      ...(first === undefined
        ? [
            holds(
              `${several(this.rows, 'row', 'rows')} of ${several(good, 'day', 'days')} re-hash to the roots of their hours, and these to the seals of the days`,
            ),
          ]
        : [fault(`${first[0]}: ${first[1]}${more}`)]),
      ...(this.#expired === 0
        ? []
        : [
            note(
              `${several(this.#expired, 'day has', 'days have')} expired: what is left of them is as sealed, their rows are gone`,
            ),
          ]),
      ...(this.#uncovered === 0
        ? []
        : [
            note(
              `${several(this.#uncovered, 'day was', 'days were')} sealed by an earlier version of Keytrail, without directory and event index in the seal`,
            ),
          ]),
      ...(this.#moved.size === 0
        ? []
        : [
            note(
              `${several(this.#moved.size, 'day was', 'days were')} sealed again meanwhile, and not verified; verify again`,
            ),
          ]),
    ];
  }
}

function rangesOf(seal: NewestSeal, facts: readonly number[]): SlotRange[] {
  const ranges: SlotRange[] = [];
  let from = 0;
  let sum = 0;
  for (const [slot, count] of facts.entries()) {
    sum += count;
    if (sum < FACTS_IN_RANGE && slot < facts.length - 1) continue;
    ranges.push({ seal, from, to: slot + 1 });
    from = slot + 1;
    sum = 0;
  }
  return ranges;
}

function signatureOf({ checkpoint, size, checkpoints, isUnsigned }: CheckedLog): Finding[] {
  const signed = checkpoint?.size ?? 0;
  const over = checkpoints === 1 ? 'over' : 'the newest over';
  const findings: Finding[] =
    checkpoint === undefined
      ? []
      : [
          holds(
            `${several(checkpoints, 'checkpoint is', 'checkpoints are')} signed by the key ${checkpoint.keyId}, ${over} ${several(signed, 'seal', 'seals')}`,
          ),
        ];
  if (signed === size) return findings;
  const left = `${counted(size - signed)} of ${several(size, 'seal is', 'seals are')} not signed`;
  return [
    ...findings,
    isUnsigned
      ? note(`${left}, as --no-sign asked`)
      : fault(
          `${left}: the key could not be used, or checkpoints were taken away; the next import signs them`,
        ),
  ];
}

/** That the key at hand is the one that signed. */
async function keyFinding(
  { publicKey }: VerifyParts,
  table: Table,
  { checkpoint }: CheckedLog,
): Promise<Finding[]> {
  if (publicKey === undefined || checkpoint === undefined) return [];
  const { key } = (await readLogHead(table)) ?? {};
  try {
    const own = await publicKey();
    return key !== undefined && parseNoteKey(key).publicKey.equals(own)
      ? []
      : [fault(`the key at hand is not the key ${checkpoint.keyId} that signed this history`)];
  } catch (error) {
    if (!(error instanceof KeytrailError && error.code === 'cannot-sign')) throw error;
    return [fault(error.message.replace(/\.$/, ''))];
  }
}

function limitsOf(states: readonly DayState[]): string[] {
  const unsealed = states.filter(isUnsettled).length;
  return [
    'that CloudTrail logged every use, or that every log file was read',
    'what was altered before the first checkpoint',
    'that whoever has both the store and the key did not write another history: keep a checkpoint elsewhere, and give it to --since',
    'jobs, aliases, what is noted of log files, expectations, alerts and the quarantine, which are not sealed',
    ...(unsealed === 0 ? [] : [`what ${several(unsealed, 'day has', 'days have')} that is not sealed yet`]),
  ];
}

function faultOf(error: unknown): string {
  if (error instanceof NotAsSealed) return error.message;
  const isOfDay =
    error instanceof KeytrailError && (error.code === 'corrupt-item' || error.code === 'unsupported-format');
  if (!isOfDay) throw error;
  return error.message.replace(/\.$/, '');
}

function holds(sentence: string): Finding {
  return { kind: 'holds', sentence };
}

function fault(sentence: string): Finding {
  return { kind: 'fault', sentence };
}

function note(sentence: string): Finding {
  return { kind: 'note', sentence };
}

/** A number and what it counts. */
function several(number: number, one: string, more: string): string {
  return `${counted(number)} ${number === 1 ? one : more}`;
}

function counted(number: number): string {
  return number.toLocaleString('en-US');
}
