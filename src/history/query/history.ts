import type { SeenInHistory } from '../../expectations/unmatched.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { keyNamesOf } from '../../kms/key-name.ts';
import type { Job } from '../../sagemaker/job.ts';
import { DecodedItems } from '../../table/decoded-items.ts';
import type { Table } from '../../table/table.ts';
import { decodeCursor, encodeCursor } from '../../text/cursor.ts';
import { DAY_MS, dayOf, isoTime } from '../../utc-time.ts';
import { readAliases } from '../evidence/alias-items.ts';
import { readDeclaredAliases } from '../evidence/declared-aliases.ts';
import { type EvidenceVersions, readEvidenceVersions } from '../evidence/evidence-items.ts';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import { readKeyNames } from '../seal/pointer-items.ts';
import { askEvent } from './ask-event.ts';
import { inOrder, isJobAfter, jobDetails, jobPosition, jobSummaries, jobsAlive } from './ask-jobs.ts';
import { aliasesByKey, Directory, keyDetail, keySummary, principalSummary } from './ask-keys.ts';
import { askNames } from './ask-names.ts';
import { askSummary } from './ask-summary.ts';
import { askUsage, type UsageQuestion } from './ask-usage.ts';
import { HistoryView, type JobKnowledge, withView } from './history-view.ts';
import type {
  GroupDimension,
  HistoryQuestions,
  JobDetail,
  JobSummary,
  KeyDetail,
  KeySummary,
  Order,
  Page,
  PageRequest,
  PrincipalSummary,
  TimeWindow,
  UsageFilter,
  UsageGroup,
  UsageRow,
  WindowPage,
  WithExpiry,
} from './questions.ts';

/** How far back a question looks that names no beginning. */
const DEFAULT_WINDOW_MS = 30 * DAY_MS;

/** The times that a day can have; beyond them there are no rows. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** What answers show beside the history itself. */
interface Beside {
  /** The judge of the expectations; undefined while there are none. */
  readonly expectations?: () => Promise<ExpectationJudge | undefined>;
  /** By a key's ARN, how many alerts are open. */
  readonly openAlerts?: () => Promise<ReadonlyMap<string, number>>;
}

/** Answers questions about the history of one table. It caches only items that never change. */
export class History implements HistoryQuestions {
  readonly #table: Table;
  readonly #decoded: DecodedItems;
  readonly #evidence: EvidenceStore;
  readonly #beside: Beside;

  /** @param decoded keeps decoded items; one of ordinary size if absent */
  constructor(table: Table, beside: Beside = {}, decoded = new DecodedItems()) {
    this.#table = table;
    this.#decoded = decoded;
    this.#beside = beside;
    this.#evidence = new EvidenceStore(table);
  }

  async usage(
    filter: UsageFilter,
    page: PageRequest & { readonly order: Order },
  ): Promise<WindowPage<UsageRow>> {
    const mark = `usage ${page.order} ${JSON.stringify(filter)}`;
    return this.ask(async (view) => {
      const question = await this.#question(view, filter, mark, page.cursor);
      return withExpiry(await askUsage(view, question, page, mark), view, question);
    });
  }

  async summary(
    filter: UsageFilter,
    groupBy: readonly GroupDimension[],
    page: PageRequest,
  ): Promise<WindowPage<UsageGroup>> {
    const mark = `summary ${groupBy.join()} ${JSON.stringify(filter)}`;
    return this.ask(async (view) => {
      const question = await this.#question(view, filter, mark, page.cursor);
      return withExpiry(await askSummary(view, question, groupBy, page, mark), view, question);
    });
  }

  async event(eventId: string): Promise<readonly UsageRow[]> {
    return this.ask((view) => askEvent(view, eventId));
  }

  async expiredBefore(): Promise<string | undefined> {
    return this.ask(async (view) => withExpiry({}, view).expiredBefore);
  }

  async keys(page: PageRequest): Promise<WindowPage<KeySummary>> {
    const aliases = aliasesByKey(await readAliases(this.#table));
    const open = await this.#beside.openAlerts?.();
    return this.ask(async (view) => {
      const { keys } = await Directory.read(view);
      const answer = pageOf([...keys.keys()], page, 'keys', (arn) => {
        const seen = keys.get(arn);
        if (seen === undefined) return undefined;
        return keySummary(arn, seen, aliases.get(arn) ?? [], open?.get(arn) ?? 0);
      });
      return withExpiry(answer, view);
    });
  }

  async key(reference: string): Promise<WithExpiry<KeyDetail> | undefined> {
    const [aliases, keyNames] = await Promise.all([readAliases(this.#table), readKeyNames(this.#table)]);
    return this.ask(async (view) => {
      const { keys } = await Directory.read(view);
      const [arn] = keyNamesOf([reference], [...new Set([...keyNames, ...keys.keys()])], aliases)
        .filter((keyName) => keys.has(keyName))
        .sort();
      const seen = arn === undefined ? undefined : keys.get(arn);
      if (arn === undefined || seen === undefined) return undefined;
      const open = (await this.#beside.openAlerts?.())?.get(arn) ?? 0;
      const names = aliasesByKey(aliases).get(arn) ?? [];
      return withExpiry(await keyDetail(view, keySummary(arn, seen, names, open), seen), view);
    });
  }

  async principals(page: PageRequest): Promise<WindowPage<PrincipalSummary>> {
    return this.ask(async (view) => {
      const { principals } = await Directory.read(view);
      const answer = pageOf([...principals.keys()], page, 'principals', (id) => {
        const seen = principals.get(id);
        return seen === undefined ? undefined : principalSummary(id, seen);
      });
      return withExpiry(answer, view);
    });
  }

  async principal(id: string): Promise<WithExpiry<PrincipalSummary> | undefined> {
    return this.ask(async (view) => {
      const seen = (await Directory.read(view)).principals.get(id);
      return seen === undefined ? undefined : withExpiry(principalSummary(id, seen), view);
    });
  }

  async jobs(window: TimeWindow, page: PageRequest): Promise<WindowPage<JobSummary>> {
    const mark = `jobs ${JSON.stringify(window)}`;
    return this.ask(async (view) => {
      const question = await this.#question(view, window, mark, page.cursor);
      const { fromMs, toMs } = question;
      const knowledge = await this.knowledge(dayOf(fromMs), dayOf(toMs));
      const jobs = jobsAlive(knowledge.evidence, fromMs, toMs);
      const after = page.cursor === undefined ? undefined : decodeCursor(mark, page.cursor).after;
      const rest = after === undefined ? jobs : jobs.filter((job) => isJobAfter(job, after));
      const shown = rest.slice(0, page.limit);
      const items = await jobSummaries(view, shown, knowledge);
      const last = shown.at(-1);
      if (last === undefined || rest.length <= page.limit) return withExpiry({ items }, view, question);
      const next = encodeCursor(mark, { fromMs, toMs, after: jobPosition(last) });
      return withExpiry({ items, next }, view, question);
    });
  }

  async job(arn: string): Promise<readonly JobDetail[]> {
    return this.ask(async (view) => {
      const [fromMs, toMs] = view.bounds();
      const knowledge = await this.knowledge(dayOf(fromMs), dayOf(toMs));
      const runs = inOrder(knowledge.evidence.jobs.filter((job) => job.arn === arn));
      return jobDetails(view, runs, knowledge);
    });
  }

  async ping(): Promise<void> {
    await this.#table.get({ pk: 'D', sk: '0' });
  }

  /** Settles a question's window and keys: what the cursor says, what the filter says, the default. */
  async #question(
    view: HistoryView,
    filter: UsageFilter,
    mark: string,
    cursorText: string | undefined,
  ): Promise<UsageQuestion> {
    const cursor = cursorText === undefined ? undefined : decodeCursor(mark, cursorText);
    const toMs = clamp(cursor?.toMs ?? filter.toMs ?? (await defaultEndMs(view)));
    const fromMs = clamp(cursor?.fromMs ?? filter.fromMs ?? toMs - DEFAULT_WINDOW_MS);
    const keyNames = filter.key === undefined ? undefined : await this.#keyNames(view, filter.key);
    return { filter, fromMs, toMs, keyNames };
  }

  async #keyNames(view: HistoryView, references: readonly string[]): Promise<string[]> {
    const arns = references.filter(
      (reference) => reference.startsWith('arn:') && reference.includes(':key/'),
    );
    const others = references.filter((reference) => !arns.includes(reference));
    if (others.length === 0) return arns;
    const [keyNames, aliases] = await Promise.all([this.#everyKeyName(view), readAliases(this.#table)]);
    return [...new Set([...arns, ...keyNamesOf(others, keyNames, aliases)])];
  }

  /** The key names that seals have stored, and those of days that are not sealed yet. */
  async #everyKeyName(view: HistoryView): Promise<string[]> {
    const sealed = await readKeyNames(this.#table);
    const planned = (await view.open(view.days())).filter((day) => day.isPlanned);
    return [...new Set([...sealed, ...planned.flatMap((day) => day.plannedKeyNames)])];
  }

  /** Every key and principal that some row names. */
  async names(): Promise<SeenInHistory> {
    const aliases = await readAliases(this.#table);
    return this.ask((view) => askNames(view, aliases));
  }

  /** The time of the newest row, epoch milliseconds. */
  newestMs(): Promise<number | undefined> {
    return this.ask((view) => view.newestMs());
  }

  /** Jobs as a list answers them. @param knowledge of the days on which they lived */
  jobSummaries(view: HistoryView, jobs: readonly Job[], knowledge: JobKnowledge): Promise<JobSummary[]> {
    return jobSummaries(view, jobs, knowledge);
  }

  /** What is known of jobs that may concern the uses of some days, both inclusive. */
  evidence(firstDay: string, lastDay = firstDay): Promise<JobKnowledge['evidence']> {
    return this.#evidence.between(firstDay, lastDay);
  }

  /** By part of the evidence, the version of its facts. */
  evidenceVersions(): Promise<EvidenceVersions> {
    return readEvidenceVersions(this.#table);
  }

  /** Answers a test whether some job's request names a key by an alias, given by its alias key. */
  declaredAliases(): Promise<(alias: string) => boolean> {
    return readDeclaredAliases(this.#table);
  }

  /** The same with what is known of aliases. */
  async knowledge(firstDay: string, lastDay = firstDay): Promise<JobKnowledge> {
    return { evidence: await this.evidence(firstDay, lastDay), aliases: await readAliases(this.#table) };
  }

  /** Runs work that asks for evidence many times and should use one state of it. */
  async withOneEvidence<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#evidence.hold();
    try {
      return await work();
    } finally {
      this.#evidence.letGo();
    }
  }

  /** The days as they are now, for one question; see `ask`. */
  async open(): Promise<HistoryView> {
    const judge = await this.#beside.expectations?.();
    return HistoryView.open(this.#table, this.#decoded, this.#evidence, judge);
  }

  /** Asks a question of the days, again from the start where seals or expiry runs take away what it reads. */
  async ask<Answer>(
    question: (view: HistoryView) => Promise<Answer>,
    open: () => Promise<HistoryView> = () => this.open(),
  ): Promise<Answer> {
    return withView(open, question);
  }
}

/** Adds the end of the expired days that the window includes; without a window, of all expired days. */
function withExpiry<T>(
  answer: T,
  view: HistoryView,
  { fromMs, toMs }: Pick<UsageQuestion, 'fromMs' | 'toMs'> = { fromMs: FIRST_MS, toMs: LAST_MS },
): WithExpiry<T> {
  const expiredMs = view.expiredBeforeMs(fromMs, toMs);
  return { ...answer, ...(expiredMs === undefined ? {} : { expiredBefore: isoTime(expiredMs) }) };
}

/** Just after the newest row; where all rows have expired, the end of the last expired day. */
async function defaultEndMs(view: HistoryView): Promise<number> {
  const newestMs = await view.newestMs();
  if (newestMs !== undefined) return newestMs + 1;
  return view.expiredBeforeMs(FIRST_MS, LAST_MS) ?? 1;
}

function clamp(timeMs: number): number {
  return Math.min(LAST_MS, Math.max(FIRST_MS, timeMs));
}

function pageOf<T>(
  names: string[],
  page: PageRequest,
  mark: string,
  make: (name: string) => T | undefined,
): Page<T> {
  names.sort();
  const after =
    page.cursor === undefined ? undefined : String(decodeCursor(mark, page.cursor).after[0] ?? '');
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const shown = rest.slice(0, page.limit);
  const items = shown.flatMap((name) => {
    const made = make(name);
    return made === undefined ? [] : [made];
  });
  const last = shown.at(-1);
  if (last === undefined || rest.length <= page.limit) return { items };
  return { items, next: encodeCursor(mark, { fromMs: 0, toMs: 0, after: [last] }) };
}
