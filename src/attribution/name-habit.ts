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
  const inGroup = countsOf(observed, group);
  const ofAny = countsOf(observed, anyGroup);
  const named = sum(inGroup);
  return new Map(
    sessionNameKinds.map((kind): [SessionNameKind, NameStanding] => {
      // One person may write into the folder of a job that has just begun; names of people need more.
      const isUsual = kind !== 'outsider' || countOf(ofAny, kind) >= enough;
      if (countOf(inGroup, kind) > 0 && isUsual) return [kind, 'known'];
      // Where names differ from job to job, another kind of name may be a job's too.
      if (named > 0 && kindsIn(inGroup) > 1) return [kind, 'strange'];
      if (named > 0) return [kind, named >= enough ? 'unlike' : 'few'];
      if (sum(ofAny) === 0) return [kind, 'new'];
      return [kind, isUsual && isFrequent(ofAny, kind) ? 'elsewhere' : 'strange'];
    }),
  );
}

type Counts = ReadonlyMap<SessionNameKind, number>;

/** How many jobs of a group had sessions with each kind of name. */
function countsOf(observed: Day['observed'], group: string): Counts {
  return new Map(sessionNameKinds.map((kind) => [kind, observed(subject.sessionsNamed(kind, group)).length]));
}

function countOf(counts: Counts, kind: SessionNameKind): number {
  return counts.get(kind) ?? 0;
}

function sum(counts: Counts): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

function kindsIn(counts: Counts): number {
  return [...counts.values()].filter((count) => count > 0).length;
}

/** Whether at least one in four sessions has this kind of name. */
function isFrequent(counts: Counts, kind: SessionNameKind): boolean {
  return countOf(counts, kind) > 0 && countOf(counts, kind) * 4 >= sum(counts);
}

/** Stands for all jobs in the subjects of names. */
export const anyGroup = '';

/**
 * What a day shows about the names of a group, or of all jobs for `anyGroup`, as one text. Judgements that depend on the
 * names of a group depend on nothing more than these two texts.
 */
export function namesText(observed: Day['observed'], group: string): string {
  const counts = countsOf(observed, group);
  const ofKinds = sessionNameKinds.map((kind) => {
    const step = stepOf(countOf(counts, kind));
    return group === anyGroup && isFrequent(counts, kind) ? `${step}, frequent` : step;
  });
  return [...ofKinds, stepOf(sum(counts))].join('; ');
}

function stepOf(count: number): string {
  return count >= enough ? 'several' : count > 0 ? 'few' : 'none';
}
