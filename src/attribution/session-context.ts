import type { Candidate } from './candidate.ts';
import type { NameStanding } from './name-habit.ts';
import { type Habits, noHabits } from './session-habit.ts';
import type { SessionNameKind } from './session-name.ts';

/** What is known about the session, key and role of a use besides the use itself. */
export interface SessionContext {
  /** Whether the session is known to be the candidate's. */
  readonly isSessionOf: (candidate: Candidate) => boolean;
  /** Whether the session is known to be some job's. */
  readonly isSessionKnown: boolean;
  /** Whether the session began with the candidate and was used in folders that it declares. */
  readonly isSessionPlacedBy: (candidate: Candidate) => boolean;
  /** Whether the session began whole hours, to the second, after another that began with the candidate alone. */
  readonly isRenewalOf: (candidate: Candidate) => boolean;
  /** Ids of the jobs that were observed to use the key. */
  readonly usersOfKey: readonly string[];
  /** Whether the candidate is known to have begun with another session. */
  readonly hasAnotherSession: (candidate: Candidate) => boolean;
  /** Whether another session may have begun with the candidate, and with no other job. */
  readonly mayHaveAnotherSession: (candidate: Candidate) => boolean;
  /** How jobs get their sessions, for the session of the use. */
  readonly habits: Habits;
  /** For the grant of a volume: whether the instances of the candidate may have been starting. */
  readonly isForVolume?: (candidate: Candidate) => boolean;
  /** How well the kind of the session's name fits jobs of a type. */
  readonly nameStanding: (kind: SessionNameKind, jobType: string) => NameStanding;
}

/** Nothing is known besides the use. */
export const noContext: SessionContext = {
  isSessionKnown: false,
  isSessionOf: () => false,
  isSessionPlacedBy: () => false,
  isRenewalOf: () => false,
  usersOfKey: [],
  habits: noHabits,
  hasAnotherSession: () => false,
  mayHaveAnotherSession: () => false,
  nameStanding: () => 'new',
};

/** The same, as if jobs of the role shared their sessions: neither the session nor its start excludes a job. */
export function inAnySession(known: SessionContext): SessionContext {
  return { ...known, habits: { ...known.habits, habit: 'shared', areShort: false } };
}

/** Why a live job cannot have made a use. */
export type Exclusion =
  | 'session-older'
  | 'session-of-another'
  | 'session-named-unlike'
  | 'session-begun-between'
  | 'session-too-old'
  | 'has-another-session'
  | 'another-person'
  | 'works-through-children';
