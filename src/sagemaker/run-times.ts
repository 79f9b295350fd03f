import type { KnownTime } from './job.ts';
import type { ResourceFact } from './job-fact.ts';
import { creationMs, isEnding, type Run, sameMomentMs } from './runs.ts';
import { isDeletionStatus, isLastStatus, isStoppingStatus } from './status.ts';

/**
 * The longest assumed wait for capacity if the request sets no `MaxPendingTimeInSeconds`. It matters only for jobs
 * without a recorded end.
 */
const pendingAllowanceMs = 3_600_000;

export interface RunTimes {
  readonly created?: KnownTime;
  readonly started?: KnownTime;
  readonly ended?: KnownTime;
}

/**
 * When a run was created, started and ended, each by the best source. A time is ignored if it contradicts a better one,
 * if an end is before the start, or if it is after the event that states it.
 */
export function timesOf(run: Run): RunTimes {
  const created = createdOf(run);
  const started = startedOf(run, created?.timeMs);
  const ended = endedOf(run, created?.timeMs, started?.timeMs);
  return {
    ...(created === undefined ? {} : { created }),
    ...(started === undefined ? {} : { started }),
    ...(ended === undefined ? {} : { ended }),
  };
}

function createdOf(run: Run): KnownTime | undefined {
  const stated = run.facts.findLast(
    (fact) => fact.toldBy === 'state-change' && creationMs(fact) !== undefined,
  );
  if (stated?.createdMs !== undefined) {
    return { timeMs: stated.createdMs, from: 'told' };
  }
  return run.firstMs === undefined ? undefined : { timeMs: run.firstMs, from: 'event' };
}

function startedOf({ facts, nextMs }: Run, createdMs: number | undefined): KnownTime | undefined {
  const isPossible = (timeMs: number, fact: ResourceFact): boolean =>
    timeMs >= (createdMs ?? 0) - sameMomentMs &&
    timeMs <= fact.timeMs + sameMomentMs &&
    timeMs <= (nextMs ?? Number.POSITIVE_INFINITY);
  const stated = facts.findLast((fact) => fact.startedMs !== undefined && isPossible(fact.startedMs, fact));
  if (stated?.startedMs !== undefined) {
    return { timeMs: Math.max(stated.startedMs, createdMs ?? 0), from: 'told' };
  }
  const start = facts.find((fact) => fact.toldBy === 'start');
  return start === undefined ? undefined : { timeMs: start.timeMs, from: 'event' };
}

function endedOf(
  run: Run,
  createdMs: number | undefined,
  startedMs: number | undefined,
): KnownTime | undefined {
  const earliestMs = Math.max(createdMs ?? 0, startedMs ?? 0);
  switch (run.kind.life) {
    case 'job':
      return (
        statedEnd(run, earliestMs) ??
        eventEnd(run, earliestMs) ??
        earlier(deletion(run, earliestMs), boundOf(run, createdMs, startedMs))
      );
    case 'lasting':
      return statedEnd(run, earliestMs) ?? closing(run, earliestMs) ?? nextRun(run);
    case 'definition':
      return closing(run, earliestMs) ?? nextRun(run);
    default:
      return run.kind.life satisfies never;
  }
}

/** The end time in a state change. Rounding may put it slightly before the start. */
function statedEnd({ facts, nextMs }: Run, earliestMs: number): KnownTime | undefined {
  const stated = facts.findLast(
    ({ endedMs, timeMs }) =>
      endedMs !== undefined &&
      endedMs >= earliestMs - 1000 &&
      endedMs <= timeMs + sameMomentMs &&
      endedMs <= (nextMs ?? Number.POSITIVE_INFINITY) + sameMomentMs,
  );
  return stated?.endedMs === undefined
    ? undefined
    : { timeMs: Math.max(stated.endedMs, earliestMs), from: 'told' };
}

/** The time of the first event that shows the end of a job: preferably a state change, else a Stop call. */
function eventEnd({ kind, facts }: Run, earliestMs: number): KnownTime | undefined {
  const ofLater = facts.filter(({ timeMs }) => timeMs >= earliestMs);
  const last =
    ofLater.find(
      ({ status }) => status !== undefined && isLastStatus(status, kind.life) && !isDeletionStatus(status),
    ) ?? ofLater.find(({ toldBy }) => toldBy === 'stop');
  return last === undefined ? undefined : { timeMs: last.timeMs, from: 'event' };
}

/** The time of a deletion. It follows the end of a job, perhaps long after. */
function deletion({ facts }: Run, earliestMs: number): KnownTime | undefined {
  const deleted = facts.find(
    ({ toldBy, status, timeMs }) =>
      timeMs >= earliestMs && (toldBy === 'delete' || (status !== undefined && isDeletionStatus(status))),
  );
  return deleted === undefined ? undefined : { timeMs: deleted.timeMs, from: 'event' };
}

function earlier(one: KnownTime | undefined, other: KnownTime | undefined): KnownTime | undefined {
  return one === undefined || (other !== undefined && other.timeMs < one.timeMs) ? other : one;
}

/** The first event that closed a lasting resource, unless a later one shows it in use. Nothing follows a deletion. */
function closing({ kind, facts }: Run, earliestMs: number): KnownTime | undefined {
  let closedMs: number | undefined;
  for (const { toldBy, timeMs, status } of facts) {
    if (timeMs < earliestMs) {
      continue;
    }
    if (toldBy === 'delete') {
      closedMs ??= timeMs;
      break;
    }
    if (isEnding(toldBy) || (status !== undefined && isLastStatus(status, kind.life))) {
      closedMs ??= timeMs;
    } else if (status === undefined ? toldBy !== 'state-change' : !isStoppingStatus(status)) {
      closedMs = undefined;
    }
  }
  return closedMs === undefined ? undefined : { timeMs: closedMs, from: 'event' };
}

function nextRun({ nextMs }: Run): KnownTime | undefined {
  return nextMs === undefined ? undefined : { timeMs: nextMs, from: 'next-run' };
}

/** By when a job must have ended: its longest runtime and wait have passed, or its name was used again. */
function boundOf(
  run: Run,
  createdMs: number | undefined,
  startedMs: number | undefined,
): KnownTime | undefined {
  const { kind, facts } = run;
  const seconds =
    facts.findLast(({ maxRuntimeSeconds }) => maxRuntimeSeconds !== undefined)?.maxRuntimeSeconds ??
    kind.longestSeconds;
  const pendingSeconds = facts.findLast(
    ({ maxPendingSeconds }) => maxPendingSeconds !== undefined,
  )?.maxPendingSeconds;
  const pendingMs = pendingSeconds === undefined ? pendingAllowanceMs : pendingSeconds * 1000;
  const sinceMs = startedMs ?? (createdMs === undefined ? facts[0]?.timeMs : createdMs + pendingMs);
  const next = nextRun(run);
  if (seconds === undefined || sinceMs === undefined) {
    return next;
  }
  const longestMs = sinceMs + seconds * 1000;
  return next !== undefined && next.timeMs <= longestMs
    ? next
    : { timeMs: longestMs, from: 'maximum-runtime' };
}
