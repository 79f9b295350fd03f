import type { SessionFact } from '../sagemaker/job-fact.ts';
import type { Candidate } from './candidate.ts';
import { subject } from './subjects.ts';

/** The jobs that a session's own records name. */
export class SessionBook {
  readonly #jobsOf = new Map<string, SessionFact[]>();

  constructor(sessions: readonly SessionFact[]) {
    for (const fact of sessions) {
      if (fact.is === 'job' && fact.jobName !== undefined) {
        const session = subject.session(fact.accessKeyHash);
        const facts = this.#jobsOf.get(session);
        if (facts === undefined) {
          this.#jobsOf.set(session, [fact]);
        } else {
          facts.push(fact);
        }
      }
    }
  }

  /** What is known of a session; of most nothing. */
  of(session: string): readonly SessionFact[] {
    return this.#jobsOf.get(session) ?? none;
  }
}

const none: readonly SessionFact[] = [];

/** Whether a session's records name this job. */
export function names(fact: SessionFact, { job }: Candidate): boolean {
  return (
    fact.jobName === job.name &&
    fact.accountId === job.accountId &&
    fact.region === job.region &&
    (fact.jobType === undefined || fact.jobType === job.type)
  );
}
