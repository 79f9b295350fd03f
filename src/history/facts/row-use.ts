import type { JudgedUse } from '../../attribution/judgement.ts';
import type { EventId, JoinInputs, Principal, PrincipalType } from '../../cloudtrail/identity.ts';
import type { KeyArn, KeyUse, OperationCategory, Outcome } from '../../kms/key-use.ts';
import { AT, type Extra, parseContext, parseSession, SESSION_AT, type Session } from './fact.ts';
import { keyNameOf } from './key-name.ts';
import type { RowSet } from './row-set.ts';

/** Numbers of sessions fit below this beside those of profiles. */
const SESSIONS_BELOW = 2 ** 26;

/**
 * A row of a set as attribution and alert rules see it. One object moves from row to row, since a day has millions. What
 * rows share is parsed once, and the encryption context of a row only when it is needed.
 */
export class RowUse implements JudgedUse {
  row = 0;
  readonly #set: RowSet;
  readonly #sessions: Session[] = [];
  readonly #joins: (JoinInputs | undefined)[] = [];
  readonly #principals = new Map<number, Principal>();
  #principalNumber = -1;
  #principal: Principal | undefined;
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
    // It is needed many times for a row.
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

  get eventId(): EventId {
    return this.#set.eventId(this.row) as EventId;
  }

  get accountId(): string | undefined {
    return this.#set.profileOf(this.row)[AT.accountId] ?? undefined;
  }

  get region(): string | undefined {
    return this.#set.profileOf(this.row)[AT.region] ?? undefined;
  }

  get keyName(): string {
    return keyNameOf(this.#set.profileOf(this.row));
  }

  get keyArn(): KeyArn | undefined {
    return (this.#set.profileOf(this.row)[AT.keyArn] ?? undefined) as KeyArn | undefined;
  }

  get keyRef(): string | undefined {
    return this.#set.profileOf(this.row)[AT.keyRef] ?? undefined;
  }

  get keyRole(): KeyUse['keyRole'] {
    return (this.#set.profileOf(this.row)[AT.keyRole] ?? undefined) as KeyUse['keyRole'];
  }

  get operation(): string {
    return this.#set.profileOf(this.row)[AT.operation];
  }

  get category(): OperationCategory {
    return this.#set.profileOf(this.row)[AT.category] as OperationCategory;
  }

  get errorCode(): string | undefined {
    return this.#set.profileOf(this.row)[AT.errorCode] ?? undefined;
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
    return this.#set.extraAt(this.#set.extra[this.row] as number).grant;
  }

  get policy(): Extra['policy'] {
    return this.#set.extraAt(this.#set.extra[this.row] as number).policy;
  }

  get sourceIp(): string | undefined {
    return this.#session(this.#set.session[this.row] as number)[SESSION_AT.sourceIp] ?? undefined;
  }

  get userAgent(): string | undefined {
    return this.#session(this.#set.session[this.row] as number)[SESSION_AT.userAgent] ?? undefined;
  }

  get vpcEndpointId(): string | undefined {
    return this.#session(this.#set.session[this.row] as number)[SESSION_AT.vpcEndpointId] ?? undefined;
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
