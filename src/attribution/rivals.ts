import type { Candidate } from './candidate.ts';
import { ofSession } from './certainty.ts';
import { evidence, ofFolder, ofPlace } from './evidence.ts';
import { narrowed } from './narrow.ts';
import type { Sighting } from './sighting.ts';
import { type Acquaintance, type Weighed, type Weighing, weighAll } from './weigh.ts';

const nobody: readonly Weighed[] = [];

/**
 * The jobs in whose declared places a use lies, whatever its session: those of a role may share sessions. Where the
 * day shows that each has its own, the bucket alone does not do.
 */
export function placedWhateverSession(
  live: readonly Candidate[],
  sighting: Sighting,
  known: Acquaintance,
): readonly Weighed[] {
  const places = known.sessions === 'unknown' ? ofPlace : ofFolder;
  const { weighed } = weighAll(live, sighting, { ...known, sessions: 'shared' });
  return narrowed(
    weighed.filter(({ bits }) => (bits & places) !== 0),
    sighting.isOutput,
  );
}

/**
 * Who else may have made a use, beside the jobs that were found. Where all that speaks for these is that the session
 * may have followed another: those that began with the session, notebooks and Studio, and those in whose places it
 * is. Where it is in a folder of none of them: those that declare the folder.
 * @param placed In whose places it is, whatever the session: asked only where it may matter.
 */
export function rivalsOf(
  found: readonly Weighed[],
  { weighed, standing }: Weighing,
  placed: () => readonly Weighed[],
  { path }: Sighting,
): readonly Weighed[] {
  if (found.every(isUnsupported)) {
    const begun = weighed.filter(({ bits }) => (bits & evidence.sessionStart) !== 0);
    return without(found, [...begun, ...standing, ...placed()]);
  }
  return path?.includes('/') === true && !found.some(isInFolder)
    ? without(found, placed().filter(isInFolder))
    : nobody;
}

function isUnsupported({ bits, candidate }: Weighed): boolean {
  return (bits & ofSession) === 0 && ((bits & evidence.laterSession) !== 0 || candidate.isLongLived);
}

function isInFolder({ bits }: Weighed): boolean {
  return (bits & ofFolder) !== 0;
}

/** Those that are not among others, each once. */
function without(others: readonly Weighed[], some: readonly Weighed[]): readonly Weighed[] {
  const seen = new Set(others.map(({ candidate }) => candidate));
  return some.filter(({ candidate }) => !seen.has(candidate) && seen.add(candidate));
}
