import { roleKeyOf } from '../../attribution/role-key.ts';
import { subject } from '../../attribution/subjects.ts';
import { sessionOf } from '../../attribution/use-features.ts';
import type { InspectedUse, JoinedTo } from '../../expectations/inspected-use.ts';
import type { JobKnowledge } from '../../history/query/history-view.ts';
import type { AlikeRows, DayRows } from '../../history/query/inspected-day.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import type { Job } from '../../sagemaker/job.ts';
import { windowOf } from '../../sagemaker/window-of.ts';
import type { UseContext } from '../rule.ts';

/** By session, the one job that it is known to be of; null for several. */
export type JobsOfSessions = ReadonlyMap<string, Job | null>;

/**
 * Which sessions of a day are known to be which job's: it wrote its own objects in them, or opened its log stream. And which
 * sessions have uses that no job explains: the credentials may have outlived their job.
 */
export class SessionTies {
  readonly #jobs: Map<string, Job | null>;
  readonly #context: Pick<UseContext, 'job' | 'isJobRole'>;
  readonly #dayStartMs: number;
  /** Roles whose jobs work in the same sessions: that one of them did then says nothing of a use. */
  readonly #sharing = new Set<string>();
  /** Sessions with uses that no job explains, or none for sure. */
  readonly #open = new Set<string>();
  /** Those of them that began on an earlier day, where their job may have worked. */
  readonly #older = new Set<string>();

  constructor(
    evidence: JobKnowledge['evidence'],
    context: Pick<UseContext, 'job' | 'isJobRole'>,
    dayStartMs: number,
  ) {
    this.#jobs = new Map(jobsOfLogStreams(evidence));
    this.#context = context;
    this.#dayStartMs = dayStartMs;
  }

  /** @param kinds all of the rows, grouped */
  take({ use }: DayRows, kinds: readonly AlikeRows[]): void {
    for (const { rows, joinedTo } of kinds) {
      if (joinedTo === undefined) continue;
      use.row = rows[0] as number;
      const beforeMs = unlikelyBeforeMs(joinedTo);
      if (beforeMs !== undefined && this.#mayBeLeftOver(use, joinedTo)) this.#takeOpen(use, rows, beforeMs);
      const job = this.#certainJobOf(use, joinedTo);
      if (job !== undefined && use.principal.id !== undefined)
        this.#takeSessions(use, rows, job, roleKeyOf(use.principal.id) ?? '');
    }
  }

  get jobs(): JobsOfSessions {
    return this.#jobs;
  }

  /** Whether the day before may say whose some sessions are. */
  get needsDayBefore(): boolean {
    return [...this.#older].some((session) => !this.#jobs.has(session));
  }

  /** Adds what the day before says. */
  addBefore(jobs: JobsOfSessions): void {
    for (const session of this.#older) {
      const job = jobs.get(session);
      if (job !== undefined && !this.#jobs.has(session)) this.#jobs.set(session, job);
    }
  }

  /** The sessions with unexplained uses that are known to be one job's. */
  tied(): ReadonlyMap<string, Job> {
    const tied = new Map<string, Job>();
    for (const session of this.#open) {
      const job = this.#jobs.get(session);
      if (job === undefined || job === null) continue;
      const isShared = job.roleArns.some((arn) => this.#sharing.has(roleKeyOf(arn) ?? ''));
      if (!isShared) tied.set(session, job);
    }
    return tied;
  }

  #mayBeLeftOver(use: InspectedUse, { outsider }: JoinedTo): boolean {
    const { principal, outcome } = use;
    if (principal.id === undefined || outsider !== undefined || outcome === 'probe') return false;
    return !isReadOnlyCall(use) && this.#context.isJobRole(principal.id);
  }

  #certainJobOf({ principal }: InspectedUse, { status, jobs }: JoinedTo): Job | undefined {
    const [only] = jobs;
    if (only === undefined || principal.id === undefined) return undefined;
    if (status !== 'strong' && !(status === 'probable' && only.isOwnSession === true)) return undefined;
    const job = this.#context.job(only.arn, only.createdMs);
    const role = roleKeyOf(principal.id);
    return job?.roleArns.some((arn) => roleKeyOf(arn) === role) === true ? job : undefined;
  }

  /** @param beforeMs sessions that began before this are taken, epoch milliseconds */
  #takeOpen(use: DayRows['use'], rows: readonly number[], beforeMs: number): void {
    for (const row of rows) {
      use.row = row;
      const startMs = use.join?.sessionStartMs ?? this.#dayStartMs;
      const session = startMs < beforeMs ? sessionNameOf(use) : undefined;
      if (session === undefined) continue;
      this.#open.add(session);
      if (startMs < this.#dayStartMs) this.#older.add(session);
    }
  }

  #takeSessions(use: DayRows['use'], rows: readonly number[], job: Job, role: string): void {
    let last: string | undefined;
    for (const row of rows) {
      use.row = row;
      const session = sessionNameOf(use);
      if (session === undefined || session === last) continue;
      last = session;
      const known = this.#jobs.get(session);
      const isOne = known === undefined || known?.arn === job.arn;
      this.#jobs.set(session, isOne ? job : null);
      if (!isOne) this.#sharing.add(role);
    }
  }
}

/** Names the session of a use as the join does: by its access key, else by role, name and beginning. */
export function sessionNameOf({
  principal,
  join,
}: Pick<InspectedUse, 'principal' | 'join'>): string | undefined {
  const roleKey = principal.id === undefined ? undefined : roleKeyOf(principal.id);
  if (roleKey === undefined) return undefined;
  return sessionOf(roleKey, join?.accessKeyHash, principal.session, join?.sessionStartMs)?.known;
}

/** A job's first session may begin this long before its creation is recorded. */
const BEFORE_CREATION_MS = 5 * 60_000;

/**
 * Sessions that began before this are not those of the jobs that a use is joined to: another job may have left them.
 * Epoch milliseconds; undefined where the join is sure of its job.
 */
export function unlikelyBeforeMs({ status, jobs }: JoinedTo): number | undefined {
  if (status === 'none') return Number.POSITIVE_INFINITY;
  if (status !== 'ambiguous' && status !== 'probable') return undefined;
  const created = jobs.map(({ createdMs, isOwnSession }) => (isOwnSession === true ? undefined : createdMs));
  const known = created.filter((ms) => ms !== undefined);
  return known.length < created.length ? undefined : Math.min(...known) - BEFORE_CREATION_MS;
}

function isAliveAt(job: Job, timeMs: number): boolean {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = windowOf(job);
  return timeMs >= fromMs && timeMs < toMs;
}

const byEvidence = new WeakMap<JobKnowledge['evidence'], JobsOfSessions>();

/** The jobs that opened their log streams, by session. Cached, since many days share their evidence. */
function jobsOfLogStreams(evidence: JobKnowledge['evidence']): JobsOfSessions {
  const known = byEvidence.get(evidence);
  if (known !== undefined) return known;
  const jobs = new Map<string, Job | null>();
  const byName = Map.groupBy(
    evidence.jobs,
    ({ accountId, region, name }) => `${accountId}/${region}/${name}`,
  );
  for (const { is, accountId, region, jobName, jobType, accessKeyHash, timeMs } of evidence.sessions) {
    if (is !== 'job' || jobName === undefined) continue;
    // A run that was not alive then is another one: names are used again, and not every run is on record.
    const [run, ...others] = (byName.get(`${accountId}/${region}/${jobName}`) ?? []).filter(
      (one) => (jobType ?? one.type) === one.type && isAliveAt(one, timeMs),
    );
    if (others.length > 0) continue;
    if (run === undefined) continue;
    const session = subject.session(accessKeyHash);
    const other = jobs.get(session);
    jobs.set(session, other === undefined || other?.arn === run.arn ? run : null);
  }
  byEvidence.set(evidence, jobs);
  return jobs;
}
