import { beforeCreationMs, type Candidate, instancesThereMs } from './candidate.ts';
import type { Day } from './day.ts';
import { type SessionNameKind, sessionNameKinds } from './session-name.ts';
import { subject } from './subjects.ts';

/**
 * How jobs were seen to come by their sessions, which AWS documents nowhere: each has its own, which others follow
 * or which lasts; or those of one role share one, which may be older than the job.
 */
export type SessionHabit = 'first' | 'follow' | 'last' | 'shared' | 'unknown';

/** When a session began, as seen from a job. */
export type SessionBeginning = 'before' | 'first' | 'between' | 'later';

/**
 * When a session began, as seen from a job: before it was, when its first ones may, when others may follow them, or
 * between these. Of what lives for months, or has no known start, any later time may be.
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
 * How long credentials are kept at least before others follow them: they last an hour, and SDKs ask for new ones a
 * quarter of an hour before they end.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
const shortestSessionMs = 40 * 60_000;

/** For how long a job must have worked before a session that is still its first shows that they last. */
const longerThanSessionsMs = 90 * 60_000;

/** What a job's work in a session shows of how jobs come by their sessions. */
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

/** What a day shows of its sessions at large. */
interface Habits {
  readonly habit: SessionHabit;
  readonly likeJobs: ReadonlySet<SessionNameKind>;
  readonly known: ReadonlySet<SessionNameKind>;
}

/** Worked out once for a day, whose uses all ask for it. */
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
  const counts = sessionNameKinds.map(
    (kind) => [kind, observed(subject.sessionsNamed[kind]).length] as const,
  );
  const named = counts.reduce((sum, [, count]) => sum + count, 0);
  const likeJobs = counts.filter(([, count]) => named < enoughNamed || count * oneIn >= named);
  const known = likeJobs.filter(([kind]) => kind === 'sagemaker' || named >= enoughNamed);
  const kindsOf = (some: typeof counts) => new Set(some.map(([kind]) => kind));
  return { habit: habitShownBy(observed), likeJobs: kindsOf(likeJobs), known: kindsOf(known) };
}

/** As one text: judgements that asked for it hang on nothing else of it. */
export function habitsText(observed: Day['observed']): string {
  const { habit, likeJobs, known } = habitsShownBy(observed);
  return [habit, ...likeJobs, ...[...known].map((kind) => `known:${kind}`)].join(' ');
}

export function habitOf(day: Day): SessionHabit {
  return habitsOf(day).habit;
}

/** The habit that enough jobs showed; sharing only where as many shared as had one of their own. */
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
 * How many jobs' sessions have to be known before one that is named otherwise is thought not to be a job's, and of
 * how many of them at least one has to be named like it.
 */
const enoughNamed = 3;
const oneIn = 4;

/** Whether jobs are known to have sessions named so: by what the day shows, or since no one else's would be. */
export function isKnownName(kind: SessionNameKind, day: Day): boolean {
  return kind === 'job' || habitsOf(day).known.has(kind);
}

export function isNamedLikeJobs(kind: SessionNameKind, day: Day): boolean {
  return habitsOf(day).likeJobs.has(kind);
}
