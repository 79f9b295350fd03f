import type { Candidate } from './candidate.ts';
import { isOfItsOwn } from './certainty.ts';
import { contrarySignOf, queryServiceOf } from './contrary-signs.ts';
import type { Observation } from './day.ts';
import type { JudgedUse } from './judgement.ts';
import { narrowed } from './narrow.ts';
import { isStarting } from './place-jobs.ts';
import { beginningOf, habitsShown } from './session-habit.ts';
import { kindOfSessionName } from './session-name.ts';
import { isWrite, type Sighting, sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import { type Acquaintance, stranger, weighAll } from './weigh.ts';

const nothing: readonly Observation[] = [];
/** Of a use that is looked at for what it teaches, whatever its session. */
const openMinded: Acquaintance = { ...stranger, sessions: 'shared' };

/**
 * What a use of a role teaches of its session and key: where it makes an object that only one job does, and
 * where it is none of a job's.
 */
export function lessonsOf(
  use: JudgedUse,
  roleKey: string,
  live: readonly Candidate[],
): readonly Observation[] {
  const sign = contrarySignOf(use);
  if (sign !== undefined) {
    const { session } = sightingOf(use, roleKey);
    return session === undefined ? nothing : [[session.outside, sign]];
  }
  const isOfGrant = use.operation === 'CreateGrant';
  if ((!isOfGrant && !isWrite(use.operation)) || queryServiceOf(use) !== undefined) {
    return nothing;
  }
  const sighting = sightingOf(use, roleKey);
  if (sighting.path === undefined || isOfGrant) {
    return isOfGrant ? lessonsOfVolume(live, sighting) : nothing;
  }
  const [only, ...others] = narrowed(weighAll(live, sighting, openMinded).weighed, true);
  if (only === undefined || others.length > 0 || !isOfItsOwn(only, sighting)) {
    return nothing;
  }
  return lessonsOfObject(only.candidate, sighting, roleKey);
}

/** The grant of a volume shows when sessions begin, where one job alone was being given its instances. */
function lessonsOfVolume(
  live: readonly Candidate[],
  { keyArn, sessionStartMs, timeMs }: Sighting,
): readonly Observation[] {
  const [only, ...others] = live.filter(
    (candidate) =>
      keyArn !== undefined && candidate.volumeKeys.arns.has(keyArn) && isStarting(candidate, timeMs),
  );
  if (only === undefined || others.length > 0 || sessionStartMs === undefined) {
    return nothing;
  }
  const habit = beginningOf(sessionStartMs, only) === 'first' ? 'first' : 'shared';
  return [[subject.sessions[habit], only.job.id]];
}

/** An object that only one job makes shows its session, its key, and what jobs' sessions are like. */
function lessonsOfObject(candidate: Candidate, sighting: Sighting, roleKey: string): readonly Observation[] {
  const { session, sessionName, sessionStartMs, keyArn, timeMs } = sighting;
  const { id, name } = candidate.job;
  const lessons: Observation[] = [];
  const when = sessionStartMs === undefined ? 'first' : beginningOf(sessionStartMs, candidate);
  if (sessionStartMs !== undefined) {
    lessons.push(
      ...habitsShown(when, timeMs - candidate.startedMs).map(
        (habit): Observation => [subject.sessions[habit], id],
      ),
    );
  }
  if (session !== undefined) {
    lessons.push([session.sharing, id]);
  }
  if (when === 'before' || when === 'between') {
    return lessons;
  }
  if (session !== undefined) {
    lessons.push([session.known, id]);
    if (when === 'first') {
      lessons.push([subject.begunWith(id), session.known]);
    }
  }
  if (keyArn !== undefined) {
    lessons.push([subject.keyOfRole(roleKey, keyArn), id]);
  }
  if (sessionName !== undefined) {
    lessons.push([subject.sessionsNamed[kindOfSessionName(sessionName, name)], id]);
  }
  return lessons;
}
