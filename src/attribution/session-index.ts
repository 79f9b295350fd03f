import { appendToList } from '../append-to-list.ts';
import type { SessionFact } from '../sagemaker/job-fact.ts';
import type { Candidate } from './candidate.ts';
import { roleKeyOf } from './role-key.ts';
import { subject } from './subjects.ts';

/** The session facts: jobs that the records of a session name, and credentials that were issued to SageMaker. */
export class SessionIndex {
  readonly #jobsOf = new Map<string, SessionFact[]>();
  readonly #issued = new Set<string>();
  /** Times by role, sorted. */
  readonly #issuedAt = new Map<string, number[]>();

  constructor(sessions: readonly SessionFact[]) {
    for (const fact of sessions) {
      if (fact.is === 'job' && fact.jobName !== undefined) {
        const session = subject.session(fact.accessKeyHash);
        appendToList(this.#jobsOf, session, fact);
      }
      if (fact.is === 'issued') {
        this.#noteIssued(fact);
      }
    }
    for (const times of this.#issuedAt.values()) {
      times.sort((a, b) => a - b);
    }
  }

  #noteIssued({ accessKeyHash, roleArn, timeMs }: SessionFact): void {
    this.#issued.add(accessKeyHash);
    const roleKey = roleArn === undefined ? undefined : roleKeyOf(roleArn);
    if (roleKey !== undefined) {
      appendToList(this.#issuedAt, roleKey, timeMs);
    }
  }

  /**
   * Whether credentials are known not to have been issued to SageMaker. They are not if records show others that were
   * issued to it for the role at about that time, but none at that very moment, since keys may be renewed in a session.
   * CloudTrail records every AssumeRole, also a service's.
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
   */
  isForeign(
    roleKey: string,
    accessKeyHash: string | undefined,
    startMs: number | undefined,
    useMs: number,
  ): boolean {
    if (
      accessKeyHash === undefined ||
      startMs === undefined ||
      useMs - startMs > longestSessionMs ||
      this.#issued.has(accessKeyHash)
    ) {
      return false;
    }
    const nearestMs = distanceToNearest(this.#issuedAt.get(roleKey) ?? [], startMs);
    return nearestMs <= issuedNearMs && nearestMs > sameMomentMs;
  }

  /** The facts about a session; most have none. */
  of(session: string): readonly SessionFact[] {
    return this.#jobsOf.get(session) ?? none;
  }
}

/** @param times sorted; a role may have those of a month */
function distanceToNearest(times: readonly number[], timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < timeMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const before = times[low - 1] ?? Number.NEGATIVE_INFINITY;
  const after = times[low] ?? Number.POSITIVE_INFINITY;
  return Math.min(timeMs - before, after - timeMs);
}

/** How far apart the records of two services may date the same credentials. */
const sameMomentMs = 10_000;

/** How near to a session's start a record must show that SageMaker was issued others. */
export const issuedNearMs = 6 * 3_600_000;

/** The longest life of temporary credentials of any kind. */
export const longestSessionMs = 36 * 3_600_000;

const none: readonly SessionFact[] = [];

/** Whether a session's records name this job. */
export function namesJob(fact: SessionFact, { job }: Candidate): boolean {
  return (
    fact.jobName === job.name &&
    fact.accountId === job.accountId &&
    fact.region === job.region &&
    (fact.jobType === undefined || fact.jobType === job.type)
  );
}

/** Whether a session's records name several jobs: those of a role may work with the same credentials. */
export function isShared(facts: readonly SessionFact[]): boolean {
  const [first, ...others] = facts;
  return others.some(({ jobName }) => jobName !== first?.jobName);
}
