import { appendToList } from '../../append-to-list.ts';
import { checkExpectation } from '../../expectations/check-expectation.ts';
import { checkTogether } from '../../expectations/check-together.ts';
import { compileExpectations } from '../../expectations/compile-expectations.ts';
import type { Expectation } from '../../expectations/expectation.ts';
import { readNeeds } from '../../expectations/expectation-need.ts';
import {
  type CurrentVersion,
  type ExpectationSource,
  type ExpectationVersion,
  everyVersion,
  readExpectationSet,
} from '../../expectations/expectation-set.ts';
import { type ExpectationStatus, expectationStatus } from '../../expectations/expectation-status.ts';
import { putExpectation, removeExpectation } from '../../expectations/expectation-store.ts';
import { type Fault, faultsText, pathText } from '../../expectations/fault.ts';
import { unmatchedParts } from '../../expectations/unmatched.ts';
import { readAliases } from '../../history/evidence/alias-items.ts';
import { History } from '../../history/query/history.ts';
import type { Page, PageRequest } from '../../history/query/questions.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Table } from '../../table/table.ts';
import { decodeCursor, encodeCursor } from '../../text/cursor.ts';
import { countWithinBytes } from '../../text/page-bytes.ts';
import { DAY_MS, isoTime } from '../../utc-time.ts';
import type { FindingAnswer } from '../store/alert-answer.ts';
import { CurrentExpectations, usesThatGaveGrants } from './current-expectations.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { readJobFacts } from './job-parts.ts';
import { type PreviewedFinding, previewExpectations } from './preview.ts';

/** A current expectation. */
export interface ExpectationAnswer extends Expectation {
  readonly status: ExpectationStatus;
  readonly lastNeeded?: string;
  readonly source: ExpectationSource;
  readonly version: number;
  readonly changedBy: string;
  readonly changedTime: string;
  /** Sentences about the parts of it that name nothing in the history. */
  readonly warnings?: readonly string[];
}

/** An expectation from outside. The id may be given elsewhere, as in a path. */
type GivenExpectation = Omit<Expectation, 'id'> & { readonly id?: string | undefined };

/** One version of an expectation. */
interface VersionAnswer {
  readonly version: number;
  readonly changedBy: string;
  readonly changedTime: string;
  readonly source: ExpectationSource;
  readonly expectation?: Expectation;
  readonly isRemoved?: true;
}

/** An expectation and all its versions. A removed expectation has only the versions. */
export interface ExpectationDetail extends Partial<ExpectationAnswer> {
  readonly id: string;
  readonly versions: readonly VersionAnswer[];
}

/** The answer of a preview. Times are ISO 8601. */
export interface PreviewAnswer {
  readonly from: string;
  readonly to: string;
  readonly fired: readonly FindingAnswer[];
  readonly added: readonly FindingAnswer[];
  readonly silenced: readonly FindingAnswer[];
  /** Proposed expectations that no use of the period needed. */
  readonly neverNeeded: readonly string[];
  /** Sentences about the parts of the proposed expectations that name nothing in the history. */
  readonly warnings: readonly string[];
}

const DEFAULT_PERIOD_MS = 30 * DAY_MS;

/** Reads and changes expectations for the API and the command line. */
export class ExpectationQuestions {
  readonly #table: Table;
  readonly #settings: DetectionSettings;
  readonly #current: CurrentExpectations;
  readonly #history: History;

  constructor(table: Table, settings: DetectionSettings) {
    this.#table = table;
    this.#settings = settings;
    this.#current = new CurrentExpectations(table);
    this.#history = new History(table);
  }

  /** In order of their ids. @throws KeytrailError `bad-cursor` */
  async list(page: PageRequest, nowMs: number): Promise<Page<ExpectationAnswer>> {
    const mark = 'expectations';
    const [{ current }, needs] = await Promise.all([readExpectationSet(this.#table), readNeeds(this.#table)]);
    const after = page.cursor === undefined ? undefined : String(decodeCursor(mark, page.cursor).after[0]);
    const rest = after === undefined ? current : current.filter(({ id }) => id > after);
    const shown = rest.slice(0, page.limit);
    const warnings = await this.#warnings(shown.map(({ expectation }) => expectation));
    const answers = shown.map((version) => answerOf(version, needs.get(version.id), nowMs, warnings));
    const items = answers.slice(0, countWithinBytes(answers));
    const last = shown[items.length - 1];
    if (last === undefined || rest.length <= items.length) return { items };
    return { items, next: encodeCursor(mark, { fromMs: 0, toMs: 0, after: [last.id] }) };
  }

  /** Also a removed one; undefined when there never was one. */
  async one(id: string, nowMs: number): Promise<ExpectationDetail | undefined> {
    const versions = await everyVersion(this.#table, id);
    if (versions.length === 0) return undefined;
    const { current } = await readExpectationSet(this.#table);
    const version = current.find((one) => one.id === id);
    return {
      id,
      ...(version === undefined ? {} : await this.#answer(version, nowMs)),
      versions: versions.map(versionOf),
    };
  }

  /**
   * Adds an expectation, or replaces the one with the same id.
   * @param given checked against the schema; its id is absent or the same
   * @throws KeytrailError `bad-parameter`, `bad-expectation`, `expectation-owned-elsewhere`
   */
  async put(id: string, given: GivenExpectation, by: string, nowMs: number): Promise<ExpectationAnswer> {
    if (given.id !== undefined && given.id !== id) {
      throw new KeytrailError(
        'bad-parameter',
        `id must be \`${id}\`, as in the path; correct it or leave it out.`,
        {
          parameter: 'id',
        },
      );
    }
    const { current } = await readExpectationSet(this.#table);
    const known = current.find((one) => one.id === id)?.expectation;
    const read = checkExpectation({ ...given, id }, nowMs, known);
    if (read.kind === 'bad') throw refused(read.faults);
    const put = await putExpectation(this.#table, read.expectation, { by, source: 'api' }, nowMs);
    return this.#answer(put, nowMs);
  }

  /** @throws KeytrailError `not-found`, `expectation-owned-elsewhere` */
  async remove(id: string, by: string, nowMs: number): Promise<{ readonly id: string }> {
    await removeExpectation(this.#table, id, { by, source: 'api' }, nowMs);
    return { id };
  }

  /**
   * What the rules would have found over a past period under proposed expectations.
   * @param proposed all of them, checked against the schema; they replace the current ones
   * @param fromMs inclusive, epoch milliseconds; 30 days before `toMs` where absent
   * @param toMs exclusive; just after the newest row where absent
   * @throws KeytrailError `bad-parameter`
   */
  async preview(
    proposed: readonly Expectation[],
    nowMs: number,
    fromMs?: number,
    toMs?: number,
  ): Promise<PreviewAnswer> {
    const { current } = await readExpectationSet(this.#table);
    const expectations = checkedAll(proposed, nowMs, current);
    const known = await readJobFacts(this.#table);
    const judge = compileExpectations(expectations, {
      aliases: await readAliases(this.#table),
      mlKeys: known.mlKeys,
      grants: usesThatGaveGrants(known),
    });
    const endMs = toMs ?? ((await this.#history.newestMs()) ?? nowMs) + 1;
    const startMs = fromMs ?? endMs - DEFAULT_PERIOD_MS;
    if (startMs >= endMs)
      throw new KeytrailError('bad-parameter', 'from must be before to.', { parameter: 'from' });
    const inputs = {
      table: this.#table,
      history: this.#history,
      settings: this.#settings,
      nowMs,
    };
    const judgeNow = await this.#current.judge();
    const found = await previewExpectations(inputs, judgeNow, judge, startMs, endMs);
    return {
      from: isoTime(startMs),
      to: isoTime(endMs),
      fired: found.fired.map(findingAnswer),
      added: found.added.map(findingAnswer),
      silenced: found.silenced.map(findingAnswer),
      neverNeeded: expectations.map(({ id }) => id).filter((id) => !found.needed.has(id)),
      warnings: [...(await this.#warnings(expectations))].flatMap(([id, sentences]) =>
        sentences.map((sentence) => `${id}: ${sentence}`),
      ),
    };
  }

  async #answer(version: CurrentVersion, nowMs: number): Promise<ExpectationAnswer> {
    const needs = await readNeeds(this.#table);
    return answerOf(version, needs.get(version.id), nowMs, await this.#warnings([version.expectation]));
  }

  /** By id, sentences about the parts that name nothing in the history. */
  async #warnings(expectations: readonly Expectation[]): Promise<ReadonlyMap<string, readonly string[]>> {
    if (expectations.length === 0) return new Map();
    const seen = await this.#history.names();
    const warnings = new Map<string, string[]>();
    for (const { id, sentence } of unmatchedParts(expectations, seen))
      appendToList(warnings, id, `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`);
    return warnings;
  }
}

function answerOf(
  version: CurrentVersion,
  lastNeededMs: number | undefined,
  nowMs: number,
  warnings: ReadonlyMap<string, readonly string[]>,
): ExpectationAnswer {
  const { id, expectation, number, by, source, timeMs } = version;
  const warned = warnings.get(id);
  return {
    ...expectation,
    status: expectationStatus(version, lastNeededMs, nowMs),
    ...(lastNeededMs === undefined ? {} : { lastNeeded: isoTime(lastNeededMs) }),
    ...{ source, version: number, changedBy: by, changedTime: isoTime(timeMs) },
    ...(warned === undefined ? {} : { warnings: warned }),
  };
}

function versionOf({ number, by, timeMs, source, expectation }: ExpectationVersion): VersionAnswer {
  return {
    ...{ version: number, changedBy: by, changedTime: isoTime(timeMs), source },
    ...(expectation === undefined ? { isRemoved: true } : { expectation }),
  };
}

function findingAnswer(finding: PreviewedFinding): FindingAnswer {
  const { subject, details, firstMs, lastMs, rule, severity, title, count, events } = finding;
  return {
    ...{ rule, severity, title },
    ...(details === undefined ? {} : { details }),
    ...subject,
    ...{ firstSeen: isoTime(firstMs), lastSeen: isoTime(lastMs), count, events },
  };
}

/** @throws KeytrailError `bad-parameter` with every fault, of each expectation and between them */
function checkedAll(
  proposed: readonly Expectation[],
  nowMs: number,
  current: readonly CurrentVersion[],
): readonly Expectation[] {
  const byId = new Map(current.map(({ id, expectation }) => [id, expectation]));
  const at = (place: number, { path, sentence }: Fault): Fault => ({
    path: ['expectations', place, ...path],
    sentence: `\`${proposed[place]?.id}\`: ${sentence}`,
  });
  const single = proposed.flatMap((one, place) => {
    const read = checkExpectation(one, nowMs, byId.get(one.id));
    return read.kind === 'good' ? [] : read.faults.map((fault) => at(place, fault));
  });
  const faults = [...single, ...checkTogether(proposed).map((fault) => at(fault.place, fault))];
  if (faults.length > 0) throw refused(faults);
  return proposed;
}

function refused(faults: readonly Fault[]): KeytrailError {
  return new KeytrailError('bad-parameter', faultsText(faults), {
    parameter: pathText(faults[0]?.path ?? []),
  });
}
