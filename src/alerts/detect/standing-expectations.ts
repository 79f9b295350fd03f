import { accountOfArn, kindOfIdentityArn } from '../../cloudtrail/identity-arn.ts';
import { isServiceHost } from '../../cloudtrail/service-host.ts';
import { compileExpectations } from '../../expectations/compile-expectations.ts';
import { type ExpectationSet, readExpectationSet } from '../../expectations/expectation-set.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { readAliases } from '../../history/evidence/alias-book.ts';
import type { EvidenceBook } from '../../history/evidence/evidence-book.ts';
import type { Table } from '../../table/table.ts';
import {
  type KnownOfKeys,
  keyArnOf,
  readKnownOfKeys,
  type ServiceGrantGiven,
  tellKnownOfKeys,
} from './known-of-keys.ts';

const KNOWN_LASTS_MS = 60_000;

/** The expectations of a table, made ready to be asked; made anew when they, or what is known of keys, have changed. */
export class StandingExpectations {
  readonly #table: Table;
  #set: ExpectationSet | undefined;
  #judge: ExpectationJudge | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(table: Table) {
    this.#table = table;
  }

  /** As they stand. */
  async now(): Promise<ExpectationJudge> {
    this.#set = await readExpectationSet(this.#table, this.#set);
    return judgeOf(this.#table, this.#set);
  }

  /**
   * As they stand, and what is known of keys as it was a minute ago at the most; undefined while there are none.
   * @param nowMs epoch milliseconds
   */
  async ifAny(nowMs: number): Promise<ExpectationJudge | undefined> {
    const set = await readExpectationSet(this.#table, this.#set);
    if (set !== this.#set || this.#judge === undefined || nowMs - this.#readMs > KNOWN_LASTS_MS) {
      this.#set = set;
      this.#readMs = nowMs;
      this.#judge = await judgeOf(this.#table, set);
    }
    return set.standing.length === 0 ? undefined : this.#judge;
  }

  /** As they stood at most so long ago. Times are epoch milliseconds. */
  async lately(nowMs: number, atMostMs: number): Promise<ExpectationJudge> {
    if (this.#judge === undefined || nowMs - this.#readMs > atMostMs) {
      this.#judge = await this.now();
      this.#readMs = nowMs;
    }
    return this.#judge;
  }

  /** As they stand, knowing also what the records of some days tell of keys. */
  async knowing(days: readonly string[], evidence: EvidenceBook): Promise<ExpectationJudge> {
    const aliases = await readAliases(this.#table);
    let known: string | undefined;
    for (const day of days) {
      const ofDay = await evidence.of(day);
      // Days of one month have mostly the same.
      if (ofDay.name === known) continue;
      known = ofDay.name;
      await tellKnownOfKeys(this.#table, { evidence: ofDay, aliases });
    }
    return this.now();
  }
}

async function judgeOf(table: Table, { standing }: ExpectationSet): Promise<ExpectationJudge> {
  if (standing.length === 0) return compileExpectations([]);
  const [aliases, known] = await Promise.all([readAliases(table), readKnownOfKeys(table)]);
  return compileExpectations(
    standing.map(({ expectation }) => expectation),
    { aliases, mlKeys: known.mlKeys, grants: grantsGiven(known) },
  );
}

/** The uses that gave grants to services. */
export function grantsGiven({ grants }: KnownOfKeys): readonly InspectedUse[] {
  return grants.map(useThatGave);
}

/** Of whom only the id is kept. */
function typeOf(principalId: string): InspectedUse['principal']['type'] {
  if (isServiceHost(principalId)) return 'service';
  const kind = kindOfIdentityArn(principalId);
  return kind === 'role' || kind === 'user' || kind === 'root' ? kind : 'unknown';
}

/** The use that gave a grant, as far as it is kept: which operations the grant allows is not. */
function useThatGave(given: ServiceGrantGiven): InspectedUse {
  const { creator, grantee, accountId, timeMs } = given;
  const type = typeOf(creator);
  return {
    eventTimeMs: timeMs,
    keyArn: keyArnOf(given),
    operation: 'CreateGrant',
    category: 'grant',
    outcome: 'success',
    principal: { id: creator, type, accountId: accountOfArn(creator) ?? accountId },
    grant: { grantee },
  };
}
