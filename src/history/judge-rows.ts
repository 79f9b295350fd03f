import type { Attributor } from '../attribution/attributor.ts';
import type { Observation } from '../attribution/day.ts';
import { partOf } from '../attribution/job-part.ts';
import type { JudgedUse, Judgement } from '../attribution/judgement.ts';
import type { JoinInputs, KeyArn, Outcome, Principal, PrincipalType } from '../kms/key-use.ts';
import type { JobPart } from '../sagemaker/encryption-posture.ts';
import type { Evidence } from './evidence-book.ts';
import { AT, type Extra, parseContext, parseExtra, parseSession, SESSION_AT, type Session } from './fact.ts';
import { judgementText } from './judgement-text.ts';
import { HOUR_MS } from './names.ts';
import type { RowSet } from './row-set.ts';
import type { DayObservations } from './ties.ts';

/** Each observation once, by its text. */
export type ObservationsByHour = Map<number, Map<string, Observation>>;

/** Numbers of sessions fit below this beside those of profiles. */
const SESSIONS_BELOW = 2 ** 26;

/**
 * A row of a set as it is judged; moved from row to row, since a day has millions. What rows share is worked out
 * once, and the encryption context of a row only when it is looked at.
 */
class RowUse implements JudgedUse {
  row = 0;
  readonly #set: RowSet;
  readonly #sessions: Session[] = [];
  readonly #joins: (JoinInputs | undefined)[] = [];
  readonly #principals = new Map<number, Principal>();
  #principalNumber = -1;
  #principal: Principal | undefined;
  readonly #extras: Extra[] = [];
  #contextNumber = 0;
  #context: Readonly<Record<string, string>> | undefined;

  constructor(set: RowSet) {
    this.#set = set;
  }

  get eventTimeMs(): number {
    return this.#set.times[this.row] as number;
  }

  get principal(): Principal {
    const profileNumber = this.#set.profile[this.row] as number;
    const sessionNumber = this.#set.session[this.row] as number;
    const number = profileNumber * SESSIONS_BELOW + sessionNumber;
    // It is asked for many times of a row.
    if (this.#principal !== undefined && number === this.#principalNumber) return this.#principal;
    let principal = this.#principals.get(number);
    if (principal === undefined) {
      const profile = this.#set.profileAt(profileNumber);
      const session = this.#session(sessionNumber);
      principal = present<Principal>({
        id: profile[AT.principalId],
        type: profile[AT.principalType] as PrincipalType,
        accountId: profile[AT.principalAccount],
        session: session[SESSION_AT.name],
        sourceIdentity: session[SESSION_AT.sourceIdentity],
        via: session[SESSION_AT.via],
      });
      this.#principals.set(number, principal);
    }
    this.#principalNumber = number;
    this.#principal = principal;
    return principal;
  }

  get join(): JoinInputs | undefined {
    const number = this.#set.session[this.row] as number;
    if (!(number in this.#joins)) {
      const session = this.#session(number);
      this.#joins[number] = present<JoinInputs>({
        sessionStartMs: session[SESSION_AT.sessionStartMs],
        accessKeyHash: session[SESSION_AT.accessKeyHash],
        inScopeOf: session[SESSION_AT.inScopeOf],
      });
    }
    return this.#joins[number];
  }

  get accountId(): string | undefined {
    return this.#set.profileOf(this.row)[AT.accountId] ?? undefined;
  }

  get region(): string | undefined {
    return this.#set.profileOf(this.row)[AT.region] ?? undefined;
  }

  get keyArn(): KeyArn | undefined {
    return (this.#set.profileOf(this.row)[AT.keyArn] ?? undefined) as KeyArn | undefined;
  }

  get operation(): string {
    return this.#set.profileOf(this.row)[AT.operation];
  }

  get outcome(): Outcome {
    return this.#set.profileOf(this.row)[AT.outcome] as Outcome;
  }

  get encryptionContext(): Readonly<Record<string, string>> | undefined {
    const number = this.#set.context[this.row] as number;
    if (number !== this.#contextNumber) {
      this.#contextNumber = number;
      this.#context = parseContext(this.#set.contexts.text(number));
    }
    return this.#context;
  }

  get grant(): Extra['grant'] {
    const number = this.#set.extra[this.row] as number;
    this.#extras[number] ??= parseExtra(this.#set.extras.text(number));
    return this.#extras[number]?.grant;
  }

  get sourceIp(): string | undefined {
    return this.#session(this.#set.session[this.row] as number)[SESSION_AT.sourceIp] ?? undefined;
  }

  get userAgent(): string | undefined {
    return this.#session(this.#set.session[this.row] as number)[SESSION_AT.userAgent] ?? undefined;
  }

  #session(number: number): Session {
    this.#sessions[number] ??= parseSession(this.#set.sessions.text(number));
    return this.#sessions[number] as Session;
  }
}

function present<T extends object>(members: { [K in keyof T]: T[K] | null | undefined }): T {
  const answer: Partial<T> = {};
  for (const name in members) {
    const value = members[name];
    if (value !== null && value !== undefined) answer[name] = value;
  }
  return answer as T;
}

/**
 * Adds what raw facts teach, for the uses of their whole day, by hour of the day. A function of the set of facts,
 * whatever became of each; facts of other days, which are there to be compared, teach nothing here.
 */
export function observeRows(
  set: RowSet,
  attributor: Attributor,
  dayStartMs: number,
  into: ObservationsByHour,
): void {
  const use = new RowUse(set);
  for (let row = 0; row < set.length; row++) {
    use.row = row;
    const observations = attributor.observe(use);
    if (observations.length === 0) continue;
    const hour = Math.floor(((set.times[row] as number) - dayStartMs) / HOUR_MS);
    if (hour < 0 || hour > 23) continue;
    let known = into.get(hour);
    if (known === undefined) {
      known = new Map();
      into.set(hour, known);
    }
    for (const observation of observations) known.set(observation.join('\n'), observation);
  }
}

/**
 * Judges rows that answers show, and sets their judgement.
 * @returns the subjects whose evidence the judgements hang on, sorted
 */
export function judgeRows(
  set: RowSet,
  visible: Iterable<number>,
  evidence: Evidence,
  observed: DayObservations,
): string[] {
  const asked = new Set<string>();
  const day = {
    observed: (subject: string) => observed.jobsOf(subject),
    ask: (subject: string) => {
      asked.add(subject);
    },
  };
  const use = new RowUse(set);
  const numbers = new Map<Judgement, Map<JobPart | undefined, number>>();
  for (const row of visible) {
    use.row = row;
    const judgement = evidence.attributor.judge(use, day);
    const [job, ...others] = judgement.jobs;
    const part =
      job === undefined || others.length > 0 ? undefined : partOf(use, evidence.job(job.arn, job.createdMs));
    let byPart = numbers.get(judgement);
    if (byPart === undefined) {
      byPart = new Map();
      numbers.set(judgement, byPart);
    }
    let number = byPart.get(part);
    if (number === undefined) {
      number = set.judgements.number(judgementText(judgement, part));
      byPart.set(part, number);
    }
    set.judgement[row] = number;
  }
  return [...asked].sort();
}
