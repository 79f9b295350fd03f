import { principalsNamed } from '../../cloudtrail/principal-name.ts';
import type { SeenInHistory } from '../../expectations/unmatched.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import { keysNamed } from '../../kms/key-name.ts';
import type { Job } from '../../sagemaker/job.ts';
import { DecodedItems } from '../../table/decoded-items.ts';
import type { Table } from '../../table/table.ts';
import { decodeCursor, encodeCursor } from '../../text/cursor.ts';
import { countWithinBytes } from '../../text/page-bytes.ts';
import { dayOf } from '../../utc-time.ts';
import { readAliases } from '../evidence/alias-items.ts';
import { readDeclaredAliases } from '../evidence/declared-aliases.ts';
import { type EvidenceVersions, readEvidenceVersions } from '../evidence/evidence-items.ts';
import { EvidenceStore } from '../evidence/evidence-store.ts';
import { readKeyNames } from '../seal/pointer-items.ts';
import { askEvent } from './ask-event.ts';
import { inOrder, isJobAfter, jobDetails, jobPosition, jobSummaries, jobsAlive } from './ask-jobs.ts';
import { aliasesByKey, Directory, keySummary, principalSummary } from './ask-keys.ts';
import { askNames } from './ask-names.ts';
import { askSummary } from './ask-summary.ts';
import { askUsage, type UsageQuestion } from './ask-usage.ts';
import {
  askedPlaces,
  coveredByJobs,
  FIRST_MS,
  LAST_MS,
  wholeWindow,
  withExpiry,
  withWindow,
} from './covered.ts';
import { HistoryView, type JobKnowledge, withView } from './history-view.ts';
import { keyDetail } from './key-detail.ts';
import { NamedQuestion } from './named-question.ts';
import type {
  GroupDimension,
  HistoryQuestions,
  JobDetail,
  JobSummary,
  KeyDetail,
  KeySummary,
  NamedFilter,
  Newcomer,
  Page,
  PageRequest,
  PrincipalSummary,
  TimeWindow,
  UnmatchedValue,
  UsageFilter,
  UsageGroup,
  UsagePageRequest,
  UsageRow,
  WindowPage,
  WithExpiry,
} from './questions.ts';
import { jobsNamed } from './resolve-filter.ts';
import { SourceReader } from './row-sources.ts';

/** What answers show beside the history itself. */
interface Beside {
  /** The judge of the expectations; undefined while there are none. */
  readonly expectations?: () => Promise<ExpectationJudge | undefined>;
  /** By a key's ARN, how many alerts are open. */
  readonly openAlerts?: () => Promise<ReadonlyMap<string, number>>;
  /** The principals of known families that came to a key after its learning period. */
  readonly newcomers?: (keyArn: string) => Promise<readonly Newcomer[]>;
}

/** Answers questions about the history of one table. It caches only items that never change. */
export class History implements HistoryQuestions {
  readonly #table: Table;
  readonly #decoded: DecodedItems;
  readonly #evidence: EvidenceStore;
  readonly #beside: Beside;

  readonly #signal: AbortSignal | undefined;
  readonly #sources: SourceReader;

  /**
   * @param decoded keeps decoded items; one of ordinary size if absent
   * @param signal aborted once nobody waits for answers
   */
  constructor(
    table: Table,
    beside: Beside = {},
    decoded = new DecodedItems(),
    evidence = new EvidenceStore(table),
    signal?: AbortSignal,
    sources = new SourceReader(table),
  ) {
    this.#sources = sources;
    this.#table = table;
    this.#decoded = decoded;
    this.#beside = beside;
    this.#evidence = evidence;
    this.#signal = signal;
  }

  until(signal: AbortSignal): History {
    return new History(this.#table, this.#beside, this.#decoded, this.#evidence, signal, this.#sources);
  }

  async usage(filter: UsageFilter, page: UsagePageRequest): Promise<WindowPage<UsageRow>> {
    const mark = `usage ${page.order} ${JSON.stringify(filter)}`;
    return this.ask(async (view) => {
      const named = this.#named(view);
      const question = await this.#question(view, filter, mark, page.cursor, named);
      const answer = await askUsage(
        view,
        question,
        page,
        mark,
        page.withSources === true ? this.#sources : undefined,
      );
      return withWindow(answer, view, question, {
        asked: filter,
        places: askedPlaces(filter, question.keyNames),
        unmatched: await unmatchedIn(named, filter, page, answer.items),
      });
    });
  }

  async summary(
    filter: UsageFilter,
    groupBy: readonly GroupDimension[],
    page: PageRequest,
  ): Promise<WindowPage<UsageGroup>> {
    const mark = `summary ${groupBy.join()} ${JSON.stringify(filter)}`;
    return this.ask(async (view) => {
      const named = this.#named(view);
      const question = await this.#question(view, filter, mark, page.cursor, named);
      const answer = await askSummary(view, question, groupBy, page, mark);
      return withWindow(answer, view, question, {
        asked: filter,
        places: askedPlaces(filter, question.keyNames),
        unmatched: await unmatchedIn(named, filter, page, answer.items),
      });
    });
  }

  async event(eventId: string): Promise<readonly UsageRow[]> {
    return this.ask((view) => askEvent(view, eventId, this.#sources));
  }

  async expiredBefore(): Promise<string | undefined> {
    return this.ask(async (view) => withExpiry({}, view).expiredBefore);
  }

  async keys(page: PageRequest): Promise<WindowPage<KeySummary>> {
    const aliases = aliasesByKey(await readAliases(this.#table));
    const open = await this.#beside.openAlerts?.();
    return this.ask(async (view) => {
      const { keys } = await Directory.of(view);
      const answer = pageOf([...keys.keys()], page, 'keys', (arn) => {
        const seen = keys.get(arn);
        if (seen === undefined) return undefined;
        return keySummary(arn, seen, aliases.get(arn) ?? [], open?.get(arn) ?? 0);
      });
      return withWindow(answer, view, await wholeWindow(view));
    });
  }

  async key(reference: string): Promise<WithExpiry<KeyDetail> | undefined> {
    const [aliases, keyNames] = await Promise.all([readAliases(this.#table), readKeyNames(this.#table)]);
    return this.ask(async (view) => {
      const { keys } = await Directory.of(view);
      const named = keysNamed(reference, [...new Set([...keyNames, ...keys.keys()])], aliases)
        .filter((keyName) => keys.has(keyName))
        .sort();
      if (named.length > 1) throw severalMeant('key', reference, named);
      const [arn] = named;
      const seen = arn === undefined ? undefined : keys.get(arn);
      if (arn === undefined || seen === undefined) return undefined;
      const open = (await this.#beside.openAlerts?.())?.get(arn) ?? 0;
      const names = aliasesByKey(aliases).get(arn) ?? [];
      const newcomers = (await this.#beside.newcomers?.(arn)) ?? [];
      const detail = await keyDetail(view, keySummary(arn, seen, names, open), seen);
      return withExpiry({ ...detail, newcomers }, view);
    });
  }

  async principals(page: PageRequest): Promise<WindowPage<PrincipalSummary>> {
    return this.ask(async (view) => {
      const { principals } = await Directory.of(view);
      const answer = pageOf([...principals.keys()], page, 'principals', (id) => {
        const seen = principals.get(id);
        return seen === undefined ? undefined : principalSummary(id, seen);
      });
      return withWindow(answer, view, await wholeWindow(view));
    });
  }

  async principal(reference: string): Promise<WithExpiry<PrincipalSummary> | undefined> {
    return this.ask(async (view) => {
      const { principals } = await Directory.of(view);
      const named = principals.has(reference) ? [reference] : principalsNamed(reference, principals.keys());
      if (named.length > 1) throw severalMeant('id', reference, named);
      const [id = ''] = named;
      const seen = principals.get(id);
      return seen === undefined ? undefined : withExpiry(principalSummary(id, seen), view);
    });
  }

  async jobs(window: TimeWindow, page: PageRequest): Promise<WindowPage<JobSummary>> {
    const mark = `jobs ${JSON.stringify(window)}`;
    return this.ask(async (view) => {
      const cursor = page.cursor === undefined ? undefined : decodeCursor(mark, page.cursor);
      const fromMs = clamp(cursor?.fromMs ?? window.fromMs ?? FIRST_MS);
      const toMs = clamp(cursor?.toMs ?? window.toMs ?? LAST_MS);
      const knowledge = await this.knowledge(dayOf(fromMs), dayOf(toMs));
      const jobs = jobsAlive(knowledge.evidence, fromMs, toMs);
      const rest = cursor === undefined ? jobs : jobs.filter((job) => isJobAfter(job, cursor.after));
      const summaries = await jobSummaries(view, rest.slice(0, page.limit), knowledge);
      const items = summaries.slice(0, countWithinBytes(summaries));
      const last = rest[items.length - 1];
      const covered = coveredByJobs(await wholeWindow(view), jobs, { fromMs, toMs });
      if (last === undefined || rest.length <= items.length)
        return withWindow({ items }, view, covered, { asked: window });
      const next = encodeCursor(mark, { fromMs, toMs, after: jobPosition(last) });
      return withWindow({ items, next }, view, covered, { asked: window });
    });
  }

  async job(reference: string): Promise<readonly JobDetail[]> {
    return this.ask(async (view) => {
      const knowledge = await this.knowledge(dayOf(FIRST_MS), dayOf(LAST_MS));
      const { jobs } = knowledge.evidence;
      const arns = new Set(
        reference.startsWith('arn:')
          ? [reference]
          : jobsNamed(
              reference,
              jobs.map(({ arn }) => arn),
            ),
      );
      return jobDetails(view, inOrder(jobs.filter(({ arn }) => arns.has(arn))), knowledge);
    });
  }

  async ping(): Promise<void> {
    await this.#table.get({ pk: 'D', sk: '0' });
  }

  #named(view: HistoryView): NamedQuestion {
    return new NamedQuestion(this.#table, view, async () => this.evidence(dayOf(FIRST_MS), dayOf(LAST_MS)));
  }

  /** Settles a question's window and names: what the cursor says, what the filter says, all of the history. */
  async #question(
    view: HistoryView,
    filter: UsageFilter,
    mark: string,
    cursorText: string | undefined,
    named: NamedQuestion,
  ): Promise<UsageQuestion> {
    const cursor = cursorText === undefined ? undefined : decodeCursor(mark, cursorText);
    const whole = cursor === undefined ? await wholeWindow(view) : cursor;
    const fromMs = clamp(
      cursor?.fromMs ?? filter.fromMs ?? Math.min(whole.fromMs, filter.toMs ?? whole.fromMs),
    );
    const toMs = clamp(cursor?.toMs ?? filter.toMs ?? Math.max(whole.toMs, fromMs));
    const keyNames = filter.key === undefined ? undefined : await named.keyNames(filter.key);
    return { filter: await named.resolved(filter), fromMs, toMs, keyNames };
  }

  async covering(filter: NamedFilter): Promise<Omit<WindowPage<never>, 'items' | 'next'>> {
    return this.ask(async (view) => {
      const named = this.#named(view);
      const keyNames = filter.key === undefined ? undefined : await named.keyNames(filter.key);
      await named.resolved(filter);
      const unmatched = await named.unmatched(filter, []);
      return withWindow({}, view, await wholeWindow(view), { places: askedPlaces({}, keyNames), unmatched });
    });
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
    const evidence = await this.evidence(firstDay, lastDay);
    return { evidence, aliases: evidence.aliases };
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
    return HistoryView.open(this.#table, this.#decoded, this.#evidence, { judge, signal: this.#signal });
  }

  /** Asks a question of the days, again from the start where seals or expiry runs take away what it reads. */
  async ask<Answer>(
    question: (view: HistoryView) => Promise<Answer>,
    open: () => Promise<HistoryView> = () => this.open(),
  ): Promise<Answer> {
    return withView(open, question);
  }
}

/** Of a first page: a later one has been told. */
async function unmatchedIn(
  named: NamedQuestion,
  filter: UsageFilter,
  { cursor }: PageRequest,
  items: readonly (UsageRow | UsageGroup)[],
): Promise<readonly UnmatchedValue[]> {
  return cursor === undefined ? named.unmatched(filter, items) : [];
}

function severalMeant(parameter: 'key' | 'id', reference: string, ids: readonly string[]): KeytrailError {
  return new KeytrailError(
    'bad-parameter',
    parameter === 'key'
      ? `${reference} names several keys; give the ARN of one: ${ids.slice(0, 5).join(', ')}.`
      : `${reference} is the name of several principals; give the id of one: ${ids.slice(0, 5).join(', ')}.`,
    { parameter },
  );
}

function clamp(timeMs: number): number {
  return Math.min(LAST_MS, Math.max(FIRST_MS, timeMs));
}

function pageOf<T extends object>(
  names: string[],
  page: PageRequest,
  mark: string,
  make: (name: string) => T | undefined,
): Page<T> {
  names.sort();
  const after =
    page.cursor === undefined ? undefined : String(decodeCursor(mark, page.cursor).after[0] ?? '');
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const made = rest.slice(0, page.limit).map((name) => ({ name, item: make(name) }));
  const found = made.filter((one): one is { name: string; item: T } => one.item !== undefined);
  const shown = found.slice(0, countWithinBytes(found.map(({ item }) => item)));
  const items = shown.map(({ item }) => item);
  const last = (shown.length < found.length ? shown : made).at(-1)?.name;
  if (last === undefined || rest.at(-1) === last) return { items };
  return { items, next: encodeCursor(mark, { fromMs: 0, toMs: 0, after: [last] }) };
}
