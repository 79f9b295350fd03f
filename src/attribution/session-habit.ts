import { resourceKinds } from '../sagemaker/resource-kinds.ts';
import { beforeCreationMs, type Candidate, instancesThereMs } from './candidate.ts';
import type { Day } from './day.ts';
import { type SessionNameKind, sessionNameKinds } from './session-name.ts';
import { subject } from './subjects.ts';

/**
 * How jobs were observed to get their sessions, which AWS does not document: each has its own (`first`), which later
 * ones replace (`follow`) or which lasts (`last`); or jobs of one role share a session that may be older than the job
 * (`shared`).
 */
export type SessionHabit = 'first' | 'follow' | 'last' | 'shared' | 'unknown';

/** When a session began, relative to a job. */
export type SessionBeginning = 'before' | 'first' | 'between' | 'later';

/**
 * Classifies when a session began: before the job, when its first sessions may begin, when later ones may follow them,
 * or in between. A resource that lives for months or has no known start may get a session at any later time.
 */
export function beginningOf(sessionStartMs: number, candidate: Candidate): SessionBeginning {
  if (sessionStartMs < candidate.createdMs - beforeCreationMs) {
    return 'before';
  }
  if (sessionStartMs <= instancesThereMs(candidate)) {
    return 'first';
  }
  return candidate.job.started === undefined ||
    candidate.isLongLived ||
    sessionStartMs >= candidate.startedMs + shortestSessionMs
    ? 'later'
    : 'between';
}

/**
 * The shortest time before new credentials replace others: they last an hour, and SDKs renew them a quarter of an hour
 * before they end.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
const shortestSessionMs = 40 * 60_000;

/** How long a job must have run before a first session that is still in use shows that sessions last. */
const longerThanSessionsMs = 90 * 60_000;

/** The habits that a job's work in a session shows. */
export function habitsShown(
  when: SessionBeginning,
  workedMs: number,
): readonly ('first' | 'follow' | 'last' | 'shared')[] {
  switch (when) {
    case 'before':
    case 'between':
      return ['shared'];
    case 'first':
      return workedMs >= longerThanSessionsMs ? ['first', 'last'] : ['first'];
    case 'later':
      return ['follow'];
    default:
      return when satisfies never;
  }
}

/** What a day shows about the names of the sessions of one type of jobs. */
interface Names {
  readonly likeJobs: ReadonlySet<SessionNameKind>;
  readonly known: ReadonlySet<SessionNameKind>;
}

/** What a day shows about the sessions of jobs. */
interface Habits {
  readonly habit: SessionHabit;
  /** By type of job; absent where the day shows nothing of a type. */
  readonly names: ReadonlyMap<string, Names>;
}

/** Computed once for each day, since all its uses need it. */
const habits = new WeakMap<Day, Habits>();

function habitsOf(day: Day): Habits {
  const kept = habits.get(day);
  if (kept !== undefined) {
    return kept;
  }
  const found = habitsShownBy((about) => day.observed(about));
  habits.set(day, found);
  return found;
}

function habitsShownBy(observed: Day['observed']): Habits {
  const names = new Map<string, Names>();
  for (const { type } of resourceKinds) {
    const shown = namesShownBy(observed, type);
    if (shown !== undefined) names.set(type, shown);
  }
  return { habit: habitShownBy(observed), names };
}

function namesShownBy(observed: Day['observed'], jobType: string): Names | undefined {
  const counts = sessionNameKinds.map(
    (kind) => [kind, observed(subject.sessionsNamed(kind, jobType)).length] as const,
  );
  const named = counts.reduce((sum, [, count]) => sum + count, 0);
  if (named === 0) return undefined;
  const likeJobs = counts.filter(([, count]) => named < enoughNamed || count * oneIn >= named);
  const known = likeJobs.filter(([kind]) => kind === 'sagemaker' || named >= enoughNamed);
  const kindsOf = (some: typeof counts) => new Set(some.map(([kind]) => kind));
  return { likeJobs: kindsOf(likeJobs), known: kindsOf(known) };
}

/** The habits as one text. Judgements that depend on habits depend on nothing more than this text. */
export function habitsText(observed: Day['observed']): string {
  const { habit, names } = habitsShownBy(observed);
  const ofTypes = [...names].map(
    ([type, { likeJobs, known }]) => `${type}: ${[...likeJobs].join(' ')}; known ${[...known].join(' ')}`,
  );
  return [habit, ...ofTypes].join('\n');
}

export function habitOf(day: Day): SessionHabit {
  return habitsOf(day).habit;
}

/** The habit that enough jobs showed. Sharing counts only if at least as many jobs shared as had their own. */
function habitShownBy(observed: Day['observed']): SessionHabit {
  const jobs = (habit: 'first' | 'follow' | 'last' | 'shared'): number =>
    observed(subject.sessions[habit]).length;
  const shared = jobs('shared');
  if (shared >= enoughNamed && shared >= jobs('first')) {
    return 'shared';
  }
  if (jobs('last') >= enoughNamed && jobs('last') >= jobs('follow') * oneIn) {
    return 'last';
  }
  if (jobs('follow') >= enoughNamed) {
    return 'follow';
  }
  return jobs('first') >= enoughNamed ? 'first' : 'unknown';
}

/**
 * The number of known job sessions from which a session with another kind of name counts as no job's, unless at least
 * one in `oneIn` has that kind.
 */
const enoughNamed = 3;
const oneIn = 4;

/** Whether jobs of a type are known to have sessions with this kind of name: the day shows it, or it has the job's name. */
export function isKnownName(kind: SessionNameKind, jobType: string, day: Day): boolean {
  if (kind === 'job') return true;
  const names = habitsOf(day).names.get(jobType);
  // SageMaker's own name needs no proof while nothing was seen.
  return names === undefined ? kind === 'sagemaker' : names.known.has(kind);
}

/** Whether a session with this kind of name may be that of a job of a type, as far as the day shows. */
export function isNamedLikeJobs(kind: SessionNameKind, jobType: string, day: Day): boolean {
  return habitsOf(day).names.get(jobType)?.likeJobs.has(kind) ?? true;
}
