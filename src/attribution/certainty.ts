import type { Day } from './day.ts';
import { evidence } from './evidence.ts';
import type { SessionHabit } from './session-habit.ts';
import type { Sighting } from './sighting.ts';
import { subject } from './subjects.ts';
import type { Weighed } from './weigh.ts';

/**
 * Whether an object in a job's own place was made or read by the job. A reader may be a person: it is the job where
 * its session is, began with it, or is not told.
 */
export function isOfItsOwn({ bits }: Weighed, { isWrite, sessionStartMs }: Sighting): boolean {
  return (
    (bits & evidence.ownObject) !== 0 &&
    (isWrite ||
      sessionStartMs === undefined ||
      (bits & (evidence.session | evidence.sessionName | evidence.sessionStart)) !== 0)
  );
}

/** What shows a session to be a job's. */
export const ofJob = evidence.session | evidence.sessionName;

/** What a job's own session shows, whether or not its beginning is on record. */
export const acquainted = evidence.ownObject | evidence.session | evidence.sessionName;

/**
 * Whether nothing ties a use to the only job left but that it was alive: the session began long after it and may as
 * well be of a person who took on the role, or the resource is one in which people work.
 */
export function isDoubtful({ candidate, bits }: Weighed, isWrite: boolean): boolean {
  if ((bits & (evidence.session | evidence.sessionName | evidence.sessionStart)) !== 0) {
    return false;
  }
  const isOwn = (bits & evidence.ownObject) !== 0;
  return candidate.isLongLived ? !isOwn : (bits & evidence.laterSession) !== 0 && !(isOwn && isWrite);
}

/**
 * Whether nothing of the session makes it doubtful that a job's own object was touched by the job: that it is none of
 * the first ones, or that the job is known to have another and this one only reads. What lives for months has to have
 * new sessions.
 */
export function isSessionSound(
  { candidate, bits }: Weighed,
  { isWrite, session }: Sighting,
  habit: SessionHabit,
  day: Day,
): boolean {
  if ((bits & evidence.sessionName) !== 0) {
    return true;
  }
  if (habit === 'shared') {
    return session === undefined || day.observed(session.sharing).length > 1;
  }
  if ((bits & evidence.laterSession) !== 0) {
    return isWrite && candidate.isLongLived;
  }
  const sessions = subject.sessionsOf(candidate.job.id);
  day.ask(sessions);
  return isWrite || (bits & evidence.session) !== 0 || day.observed(sessions).length === 0;
}
