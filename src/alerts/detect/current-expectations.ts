import { accountOfArn, kindOfIdentityArn } from '../../cloudtrail/identity-arn.ts';
import { isServiceHost } from '../../cloudtrail/service-host.ts';
import { compileExpectations } from '../../expectations/compile-expectations.ts';
import { type ExpectationSet, readExpectationSet } from '../../expectations/expectation-set.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { readAliases } from '../../history/evidence/alias-items.ts';
import type { Table } from '../../table/table.ts';
import type { ServiceGrantGiven } from './job-part.ts';
import { type KnownOfJobs, keyArnOf, readJobFacts } from './job-parts.ts';

const JOB_FACTS_KEPT_MS = 60_000;

/** The expectations that a table holds now, compiled to a judge. The judge is kept while nothing changes. */
export class CurrentExpectations {
  readonly #table: Table;
  #set: ExpectationSet | undefined;
  #judge: ExpectationJudge | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The current expectations and facts about jobs. */
  async judge(): Promise<ExpectationJudge> {
    this.#set = await readExpectationSet(this.#table, this.#set);
    return judgeOf(this.#table, this.#set);
  }

  /**
   * The current expectations; the facts about jobs are cached for a minute.
   * @param nowMs epoch milliseconds
   * @returns undefined when there are no expectations
   */
  async judgeIfAny(nowMs: number): Promise<ExpectationJudge | undefined> {
    const set = await readExpectationSet(this.#table, this.#set);
    if (set !== this.#set || this.#judge === undefined || nowMs - this.#readMs > JOB_FACTS_KEPT_MS) {
      this.#set = set;
      this.#readMs = nowMs;
      this.#judge = await judgeOf(this.#table, set);
    }
    return set.current.length === 0 ? undefined : this.#judge;
  }

  /**
   * The expectations, cached for some time.
   * @param nowMs epoch milliseconds
   * @param cachedForMs milliseconds
   */
  async judgeCachedFor(nowMs: number, cachedForMs: number): Promise<ExpectationJudge> {
    if (this.#judge === undefined || nowMs - this.#readMs > cachedForMs) {
      this.#judge = await this.judge();
      this.#readMs = nowMs;
    }
    return this.#judge;
  }
}

async function judgeOf(table: Table, { current }: ExpectationSet): Promise<ExpectationJudge> {
  if (current.length === 0) return compileExpectations([]);
  const [aliases, known] = await Promise.all([readAliases(table), readJobFacts(table)]);
  return compileExpectations(
    current.map(({ expectation }) => expectation),
    { aliases, mlKeys: known.mlKeys, grants: usesThatGaveGrants(known) },
  );
}

/** The recorded uses that gave grants to services. */
export function usesThatGaveGrants({ grants }: Pick<KnownOfJobs, 'grants'>): readonly InspectedUse[] {
  return grants.map(useThatGave);
}

/** Facts about jobs keep only the id of a principal; its type follows from that. */
function typeOf(principalId: string): InspectedUse['principal']['type'] {
  if (isServiceHost(principalId)) return 'service';
  const kind = kindOfIdentityArn(principalId);
  return kind === 'role' || kind === 'user' || kind === 'root' ? kind : 'unknown';
}

/** The use that gave a grant. Facts about jobs do not keep the operations that the grant allows. */
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
