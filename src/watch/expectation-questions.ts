import { checkExpectation } from '../expectations/check-expectation.ts';
import { compileExpectations } from '../expectations/compile-expectations.ts';
import type { Expectation } from '../expectations/expectation.ts';
import { readNeeds } from '../expectations/expectation-need.ts';
import {
  type ExpectationSource,
  type ExpectationVersion,
  everyVersion,
  readExpectationSet,
  type StandingExpectation,
} from '../expectations/expectation-set.ts';
import { type ExpectationStatus, expectationStatus } from '../expectations/expectation-status.ts';
import { putExpectation, removeExpectation } from '../expectations/expectation-store.ts';
import { readAliases } from '../history/alias-book.ts';
import { decodeCursor, encodeCursor } from '../history/cursor.ts';
import { DecodedItems } from '../history/decoded-items.ts';
import { EvidenceBook } from '../history/evidence-book.ts';
import { HistoryView } from '../history/history-view.ts';
import { isoTime } from '../history/iso-time.ts';
import { DAY_MS } from '../history/names.ts';
import type { Page, PageRequest } from '../history/questions.ts';
import type { Table } from '../history/table.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { readKnownOfKeys } from './known-of-keys.ts';
import { type PreviewedMatter, previewExpectations } from './preview.ts';
import { grantsGiven, StandingExpectations } from './standing-expectations.ts';
import type { WatchSettings } from './watch-settings.ts';

/** An expectation as it stands. */
export interface ExpectationAnswer extends Expectation {
  readonly status: ExpectationStatus;
  readonly lastNeeded?: string;
  readonly source: ExpectationSource;
  readonly version: number;
  readonly changedBy: string;
  readonly changedTime: string;
}

/** One version, as it was put or removed. */
interface VersionAnswer {
  readonly version: number;
  readonly changedBy: string;
  readonly changedTime: string;
  readonly source: ExpectationSource;
  readonly expectation?: Expectation;
  readonly isRemoved?: true;
}

/** An expectation with every version of it; of one that was removed only those. */
export interface ExpectationDetail extends Partial<ExpectationAnswer> {
  readonly id: string;
  readonly versions: readonly VersionAnswer[];
}

/** What a preview answers. Times are ISO 8601. */
export interface PreviewAnswer {
  readonly from: string;
  readonly to: string;
  readonly fired: readonly MatterAnswer[];
  readonly added: readonly MatterAnswer[];
  readonly silenced: readonly MatterAnswer[];
  /** Proposed expectations that no use of the period needed. */
  readonly neverNeeded: readonly string[];
}

interface MatterAnswer {
  readonly rule: string;
  readonly severity: string;
  readonly title: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly count: number;
  readonly events: readonly string[];
}

/** A day, or a moment in UTC. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z)?$/;

const DEFAULT_PERIOD_MS = 30 * DAY_MS;

/** What the API and the command line ask of expectations, and do to them. */
export class ExpectationQuestions {
  readonly #table: Table;
  readonly #settings: WatchSettings;
  readonly #standing: StandingExpectations;
  readonly #decoded = new DecodedItems();
  readonly #evidence: EvidenceBook;

  constructor(table: Table, settings: WatchSettings) {
    this.#table = table;
    this.#settings = settings;
    this.#standing = new StandingExpectations(table);
    this.#evidence = new EvidenceBook(table);
  }

  /** In the order of their ids. @throws KeytrailError `bad-cursor` */
  async list(page: PageRequest, nowMs: number): Promise<Page<ExpectationAnswer>> {
    const mark = 'expectations';
    const [{ standing }, needs] = await Promise.all([
      readExpectationSet(this.#table),
      readNeeds(this.#table),
    ]);
    const after = page.cursor === undefined ? undefined : String(decodeCursor(mark, page.cursor).after[0]);
    const rest = after === undefined ? standing : standing.filter(({ id }) => id > after);
    const shown = rest.slice(0, page.limit);
    const items = shown.map((version) => answerOf(version, needs.get(version.id), nowMs));
    const last = shown.at(-1);
    if (last === undefined || rest.length <= page.limit) return { items };
    return { items, next: encodeCursor(mark, { fromMs: 0, toMs: 0, after: [last.id] }) };
  }

  /** Also one that was removed; undefined where there never was one. */
  async one(id: string, nowMs: number): Promise<ExpectationDetail | undefined> {
    const versions = await everyVersion(this.#table, id);
    if (versions.length === 0) return undefined;
    const { standing } = await readExpectationSet(this.#table);
    const version = standing.find((one) => one.id === id);
    const needs = await readNeeds(this.#table);
    return {
      id,
      ...(version === undefined ? {} : answerOf(version, needs.get(id), nowMs)),
      versions: versions.map(versionOf),
    };
  }

  /**
   * Adds an expectation or puts it in place of the one of its id.
   * @param body from outside
   * @throws KeytrailError `bad-parameter`, `bad-expectation`, `expectation-owned-elsewhere`
   */
  async put(id: string, body: unknown, by: string, nowMs: number): Promise<ExpectationAnswer> {
    const { standing } = await readExpectationSet(this.#table);
    const known = standing.find((one) => one.id === id)?.expectation;
    const expectation = checked(withId(body, id), nowMs, known);
    if (expectation.id !== id)
      throw new KeytrailError('bad-parameter', `id must be that of the path, \`${id}\`, or be left out.`);
    const put = await putExpectation(this.#table, expectation, { by, source: 'api' }, nowMs);
    return answerOf(put, (await readNeeds(this.#table)).get(id), nowMs);
  }

  /** @throws KeytrailError `not-found`, `expectation-owned-elsewhere` */
  async remove(id: string, by: string, nowMs: number): Promise<{ readonly id: string }> {
    await removeExpectation(this.#table, id, { by, source: 'api' }, nowMs);
    return { id };
  }

  /** The same as `preview`, of a body from outside. @throws KeytrailError `bad-parameter` */
  async previewOf(body: unknown, nowMs: number): Promise<PreviewAnswer> {
    const memberOf = (name: string): unknown =>
      typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
    const expectations = memberOf('expectations');
    if (!Array.isArray(expectations))
      throw new KeytrailError('bad-parameter', 'expectations must be a list of all that would stand.');
    const timeOf = (name: string): number | undefined => {
      const text = memberOf(name);
      if (text === undefined) return undefined;
      const timeMs = typeof text === 'string' && TIME.test(text) ? Date.parse(text) : Number.NaN;
      if (!Number.isNaN(timeMs)) return timeMs;
      throw new KeytrailError(
        'bad-parameter',
        `${name} must be a day or a time such as 2026-03-01T10:00:00Z.`,
      );
    };
    return this.preview(expectations, nowMs, timeOf('from'), timeOf('to'));
  }

  /**
   * What expectations would have given over a past period, instead of those that stand.
   * @param proposed all of them, from outside
   * @throws KeytrailError `bad-parameter`
   */
  async preview(
    proposed: readonly unknown[],
    nowMs: number,
    fromMs?: number,
    toMs?: number,
  ): Promise<PreviewAnswer> {
    const { standing } = await readExpectationSet(this.#table);
    const ofId = new Map(standing.map(({ id, expectation }) => [id, expectation]));
    const expectations = proposed.map((one) => checked(one, nowMs, ofId.get(idIn(one))));
    const known = await readKnownOfKeys(this.#table);
    const judge = compileExpectations(expectations, {
      aliases: await readAliases(this.#table),
      mlKeys: known.mlKeys,
      grants: grantsGiven(known),
    });
    const view = await HistoryView.open(this.#table, this.#decoded, this.#evidence);
    const endMs = toMs ?? ((await view.newestMs()) ?? nowMs) + 1;
    const startMs = fromMs ?? endMs - DEFAULT_PERIOD_MS;
    if (startMs >= endMs) throw new KeytrailError('bad-parameter', 'from must be before to.');
    const previewing = {
      table: this.#table,
      decoded: this.#decoded,
      evidence: this.#evidence,
      settings: this.#settings,
      nowMs,
    };
    const current = await this.#standing.now();
    const found = await previewExpectations(previewing, current, judge, startMs, endMs);
    return {
      from: isoTime(startMs),
      to: isoTime(endMs),
      fired: found.fired.map(matterOf),
      added: found.added.map(matterOf),
      silenced: found.silenced.map(matterOf),
      neverNeeded: expectations.map(({ id }) => id).filter((id) => !found.needed.has(id)),
    };
  }
}

function answerOf(
  version: StandingExpectation,
  lastNeededMs: number | undefined,
  nowMs: number,
): ExpectationAnswer {
  const { expectation, number, by, source, timeMs } = version;
  return {
    ...expectation,
    status: expectationStatus(version, lastNeededMs, nowMs),
    ...(lastNeededMs === undefined ? {} : { lastNeeded: isoTime(lastNeededMs) }),
    ...{ source, version: number, changedBy: by, changedTime: isoTime(timeMs) },
  };
}

function versionOf({ number, by, timeMs, source, expectation }: ExpectationVersion): VersionAnswer {
  return {
    ...{ version: number, changedBy: by, changedTime: isoTime(timeMs), source },
    ...(expectation === undefined ? { isRemoved: true } : { expectation }),
  };
}

function matterOf({ rule, severity, title, firstMs, lastMs, count, events }: PreviewedMatter): MatterAnswer {
  return { rule, severity, title, firstSeen: isoTime(firstMs), lastSeen: isoTime(lastMs), count, events };
}

/** @throws KeytrailError `bad-parameter`: all that is wrong with it */
function checked(value: unknown, nowMs: number, standing: Expectation | undefined): Expectation {
  const read = checkExpectation(value, nowMs, standing);
  if (read.kind === 'good') return read.expectation;
  const id = idIn(value);
  const about = id === '' ? '' : `\`${id}\`: `;
  throw new KeytrailError(
    'bad-parameter',
    `${about}${read.faults.map(({ sentence }) => sentence).join('; ')}.`,
  );
}

function idIn(value: unknown): string {
  const id: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'id') : undefined;
  return typeof id === 'string' ? id : '';
}

function withId(body: unknown, id: string): unknown {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { id, ...body } : body;
}
