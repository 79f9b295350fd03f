import type { Day } from './day.ts';
import { type SessionNameKind, sessionNameKinds } from './session-name.ts';
import { subject } from './subjects.ts';

/**
 * How well the kind of a session's name fits the jobs of one type and role, by the sessions of such jobs that are known
 * that day:
 * - `known`: some have such names. `unlike`: several have others. `few`: one or two have others;
 * - of these jobs nothing is known: `elsewhere`: the sessions of other jobs have such names, `strange`: they have others,
 *   `new`: no job's session is known.
 */
export type NameStanding = 'known' | 'unlike' | 'few' | 'elsewhere' | 'strange' | 'new';

/** From how many known sessions a name of another kind is no job's. */
const enough = 3;

/** How the sessions of jobs of a type and role are named, as far as a day shows. */
export function nameStandingOf(kind: SessionNameKind, group: string, day: Day): NameStanding {
  return standingsOf(group, day).get(kind) ?? 'new';
}

type Standings = ReadonlyMap<SessionNameKind, NameStanding>;

/** Computed once for each day, type and role. */
const known = new WeakMap<Day, Map<string, Standings>>();

function standingsOf(group: string, day: Day): Standings {
  let ofDay = known.get(day);
  if (ofDay === undefined) {
    ofDay = new Map();
    known.set(day, ofDay);
  }
  let standings = ofDay.get(group);
  if (standings === undefined) {
    standings = standingsShownBy((about) => day.observed(about), group);
    ofDay.set(group, standings);
  }
  return standings;
}

/** Identifies the jobs whose sessions may be named alike: AWS says nothing of others. */
export function groupOf(jobType: string, roleKey: string): string {
  return `${jobType} ${roleKey}`;
}

function standingsShownBy(observed: Day['observed'], group: string): Standings {
  const inGroup = (kind: SessionNameKind) => observed(subject.sessionsNamed(kind, group)).length;
  const ofAny = (kind: SessionNameKind) => observed(subject.sessionsNamed(kind, anyGroup)).length;
  const named = sessionNameKinds.reduce((sum, kind) => sum + inGroup(kind), 0);
  const others = sessionNameKinds.reduce((sum, kind) => sum + ofAny(kind), 0);
  return new Map(
    sessionNameKinds.map((kind): [SessionNameKind, NameStanding] => {
      // One person may write into the folder of a job that has just begun; names of people need more.
      const isKnown = inGroup(kind) > 0 && (kind !== 'outsider' || ofAny(kind) >= enough);
      if (isKnown) return [kind, 'known'];
      if (named > 0) return [kind, named >= enough ? 'unlike' : 'few'];
      if (others === 0) return [kind, 'new'];
      return [kind, ofAny(kind) >= (kind === 'outsider' ? enough : 1) ? 'elsewhere' : 'strange'];
    }),
  );
}

/** Stands for all jobs in the subjects of names. */
export const anyGroup = '';

/**
 * What a day shows about the names of a group, or of all jobs for `anyGroup`, as one text. Judgements that depend on the
 * names of a group depend on nothing more than these two texts.
 */
export function namesText(observed: Day['observed'], group: string): string {
  const counts = sessionNameKinds.map((kind) => observed(subject.sessionsNamed(kind, group)).length);
  const steps = [...counts, counts.reduce((sum, count) => sum + count, 0)];
  return steps.map((count) => (count >= enough ? 'several' : count > 0 ? 'few' : 'none')).join(' ');
}
