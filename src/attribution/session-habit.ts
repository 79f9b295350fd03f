import { beforeCreationMs, type Candidate, instancesThereMs } from './candidate.ts';
import type { Day } from './day.ts';
import { subject } from './subjects.ts';

/**
 * How jobs were observed to get their sessions, which AWS does not document: each has its own (`first`), which later
 * ones replace (`follow`) or which lasts (`last`); or jobs of one role share a session that may be older than the job
 * (`shared`).
 */
type SessionHabit = 'first' | 'follow' | 'last' | 'shared' | 'unknown';

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
 * Whether a session began a whole number of hours after one of the job's first sessions may have. Credentials of a role
 * that AWS services assume last an hour, so later ones often follow so.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function beganOnTheHour(sessionStartMs: number, candidate: Candidate): boolean {
  const earliestMs = candidate.createdMs - beforeCreationMs;
  if (!Number.isFinite(earliestMs)) {
    return true;
  }
  return (sessionStartMs - earliestMs) % hourMs <= instancesThereMs(candidate) - earliestMs;
}

/** What the beginnings of jobs' sessions are counted from: the start of a job, or its creation where no record has that. */
type BeginsFrom = 'start' | 'creation';

/** In half minutes. The earliest and the latest step stand for all before and after them. */
const beginStepMs = 30_000;
const firstBeginStep = -20;
const lastBeginStep = 40;

/** The steps in which sessions may begin with a job. */
const beginSteps: readonly number[] = Array.from(
  { length: lastBeginStep - firstBeginStep + 1 },
  (_, index) => firstBeginStep + index,
);

/** By how many steps a session may begin earlier or later than the known ones; jobs wait differently long for instances. */
const beginSlack = {
  start: () => 1,
  creation: ({ last }: Steps) => 4 + last,
};

/** When a session began with a job, as subjects of observations: counted from its start and from its creation. */
export function beginsOf(sessionStartMs: number, candidate: Candidate): readonly string[] {
  const { job, startedMs, createdMs } = candidate;
  return [
    ...(job.started === undefined ? [] : [subject.begins('start', stepOf(sessionStartMs - startedMs))]),
    ...(job.created === undefined ? [] : [subject.begins('creation', stepOf(sessionStartMs - createdMs))]),
  ];
}

function stepOf(sinceMs: number): number {
  return Math.min(lastBeginStep, Math.max(firstBeginStep, Math.floor(sinceMs / beginStepMs)));
}

/** Whether a session began with a job when those of other jobs do, as far as that is known. */
export function beganAsOthers(sessionStartMs: number, candidate: Candidate, { begins }: Habits): boolean {
  const { job, startedMs, createdMs, isLongLived } = candidate;
  const from = job.started === undefined ? 'creation' : 'start';
  const known = begins[from];
  if (known === undefined || isLongLived || (from === 'creation' && job.created === undefined)) return true;
  const step = stepOf(sessionStartMs - (from === 'start' ? startedMs : createdMs));
  const slack = beginSlack[from](known);
  return step >= known.first - slack && step <= known.last + slack;
}

/** Whether a session began whole hours after another, to the second: its credentials may have been renewed so. */
export function isRenewal(startMs: number | undefined, earlierMs: number): boolean {
  const betweenMs = startMs === undefined ? 0 : Math.abs(startMs - earlierMs);
  return betweenMs >= hourMs - secondMs && (betweenMs + secondMs) % hourMs <= 2 * secondMs;
}

const secondMs = 1000;
const hourMs = 3_600_000;

/**
 * The shortest time before new credentials replace others: they last an hour, and SDKs renew them a quarter of an hour
 * before they end.
 */
const shortestSessionMs = 40 * 60_000;

/** How long a job must have run before a first session that is still in use shows that sessions last. */
const longerThanSessionsMs = 90 * 60_000;

/** The age at which a session is older than one that lasts an hour can be, with some leeway. */
export const olderThanAnHourMs = 65 * 60_000;

/** The habits that a job's work in a session shows. */
export function habitsShown(
  { timeMs, sessionStartMs }: { readonly timeMs: number; readonly sessionStartMs: number },
  candidate: Candidate,
): readonly ShownHabit[] {
  const when = beginningOf(sessionStartMs, candidate);
  const workedMs = timeMs - candidate.startedMs;
  const age: readonly ShownHabit[] =
    timeMs - sessionStartMs > olderThanAnHourMs ? ['old'] : workedMs > olderThanAnHourMs ? ['renewed'] : [];
  switch (when) {
    case 'before':
    case 'between':
      return ['shared', ...age];
    case 'first':
      return workedMs >= longerThanSessionsMs ? ['first', 'last', ...age] : ['first', ...age];
    case 'later':
      return beganOnTheHour(sessionStartMs, candidate) ? ['follow', ...age] : ['follow', 'odd', ...age];
    default:
      return when satisfies never;
  }
}

/** `odd`: at another time than whole hours. `old`, `renewed`: in a session over an hour old, or in a younger one. */
export type ShownHabit = 'first' | 'follow' | 'last' | 'shared' | 'odd' | 'old' | 'renewed';

/** What a day shows about the sessions of jobs. */
export interface Habits {
  readonly habit: SessionHabit;
  /** Whether no job works in a session that is over an hour old. */
  readonly areShort: boolean;
  /** Whether later sessions may begin at any time, not only whole hours after the first. */
  readonly areOdd: boolean;
  /** Whether sessions are named after other jobs than their own. */
  readonly areMisnamed: boolean;
  /** Whether SageMaker was issued credentials of jobs that are not on record. */
  readonly areUnissued: boolean;
  /** Whether a job has one session at a time. */
  readonly areSingle: boolean;
  /** Whether jobs have sessions of their own, maybe beside others that they share. */
  readonly areOwn: boolean;
  /** The steps in which sessions of jobs began, if enough are known. */
  readonly begins: { readonly [From in BeginsFrom]: Steps | undefined };
}

interface Steps {
  readonly first: number;
  readonly last: number;
}

/** What is assumed of a day that shows nothing. */
export const noHabits: Habits = {
  habit: 'unknown',
  areShort: false,
  areOdd: false,
  areMisnamed: false,
  areUnissued: false,
  areSingle: false,
  areOwn: true,
  begins: { start: undefined, creation: undefined },
};

/** Computed once for each day, since all its uses need it. */
const habits = new WeakMap<Day, Habits>();

export function habitsOf(day: Day): Habits {
  const kept = habits.get(day);
  if (kept !== undefined) {
    return kept;
  }
  const found = habitsShownBy((about) => day.observed(about));
  habits.set(day, found);
  return found;
}

function habitsShownBy(observed: Day['observed']): Habits {
  const jobs = (habit: ShownHabit): number => observed(subject.sessions[habit]).length;
  return {
    habit: habitShownBy(jobs),
    areShort: jobs('renewed') >= enough && jobs('old') === 0,
    areOdd: jobs('odd') > 1 && jobs('odd') * oneIn >= jobs('follow'),
    areMisnamed: observed(subject.misnamed).length > 0,
    areUnissued: observed(subject.unissued).length > 1,
    areSingle: areSingle(observed),
    areOwn: Math.max(jobs('first'), observed(subject.placed).length) * oneIn >= jobs('shared'),
    begins: { start: beginsShownBy(observed, 'start'), creation: beginsShownBy(observed, 'creation') },
  };
}

function beginsShownBy(observed: Day['observed'], from: BeginsFrom): Steps | undefined {
  const counts = beginSteps.map((step) => observed(subject.begins(from, step)).length);
  if (counts.reduce((sum, count) => sum + count, 0) < enoughBegun) {
    return undefined;
  }
  // One job alone, apart from all others, may be one in whose place a person wrote.
  const isBegun = (count: number, at: number) =>
    count > 1 || (count === 1 && [1, 2].some((by) => (counts[at - by] ?? 0) + (counts[at + by] ?? 0) > 0));
  const first = counts.findIndex(isBegun);
  return first === -1
    ? undefined
    : { first: firstBeginStep + first, last: firstBeginStep + counts.findLastIndex(isBegun) };
}

/**
 * Whether jobs have one session at a time: few of those whose session is known have another that began with them, which
 * may be a person's.
 */
function areSingle(observed: Day['observed']): boolean {
  const alone = observed(subject.alone);
  const several = alone.filter((jobId) => {
    const own = observed(subject.ownSessions(jobId));
    return own.length > 1 || observed(subject.sessionsWith(jobId)).some((session) => !own.includes(session));
  });
  return alone.length >= enoughAlone && several.length * oneIn <= alone.length;
}

/** The habits as one text. Judgements that depend on habits depend on nothing more than this text. */
export function habitsText(observed: Day['observed']): string {
  return JSON.stringify(habitsShownBy(observed));
}

/** The habit that enough jobs showed. Sharing counts only if at least as many jobs shared as had their own. */
function habitShownBy(jobs: (habit: ShownHabit) => number): SessionHabit {
  const shared = jobs('shared');
  if (shared >= enough && shared >= jobs('first')) {
    return 'shared';
  }
  if (jobs('last') >= enough && jobs('last') >= jobs('follow') * oneIn) {
    return 'last';
  }
  if (jobs('follow') >= enough) {
    return 'follow';
  }
  return jobs('first') >= enough ? 'first' : 'unknown';
}

/** How many jobs must show that they have one session: another may have done little. */
const enoughAlone = 6;

/** How many sessions must have begun with jobs to tell when they do. */
const enoughBegun = 6;

/** How many jobs must show a habit, and which share of them. */
const enough = 3;
const oneIn = 4;
