import { Attributor, type JobEvidence } from '../../attribution/attributor.ts';
import { roleKeyOf } from '../../attribution/role-key.ts';
import { type Aliases, aliasKey, aliasNameOf, keyOfAlias } from '../../kms/alias-timeline.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import { jobsOf } from '../../sagemaker/jobs-of.ts';
import { contentName } from '../../table/content-name.ts';
import type { Item, Table } from '../../table/table.ts';
import { compareTexts } from '../../text/text-order.ts';
import { aliasesOf, joinAliases } from './alias-facts.ts';
import { readEarlierAliases } from './earlier-aliases.ts';
import {
  factsIn,
  issuedAmong,
  itemsOf,
  type JobFacts,
  monthsBetween,
  readIncoming,
  readSettled,
  settledPks,
} from './evidence-items.ts';

/** The item of the number that is raised before facts are settled. */
const VERSION_KEY = { pk: 'M', sk: 'evidence' };

/** A question goes through days in order and does not return to earlier months. */
const KEPT_PERIODS = 2;

/** What is known of jobs, prepared for judging the uses of a day. */
export interface Evidence extends JobEvidence {
  /** Equal names mean equal facts. The converse may not hold. */
  readonly name: string;
  readonly attributor: Attributor;
  readonly aliases: Aliases;
  /** Whether every fact in it was settled, so that the days were invalidated by it. */
  readonly isSettled: boolean;
  /** The run of an ARN and creation time; any run of the ARN where there is no such. */
  job(arn: string, createdMs: number | undefined): Job | undefined;
}

/**
 * Evidence of job facts.
 * @param aliases all that is known of aliases, by which requests and uses may name keys
 * @param more `credentials`: items of credentials that SageMaker was given; those of the jobs' roles are used
 */
export function evidenceOfFacts(
  facts: JobFacts,
  aliases: Aliases,
  name: string,
  more: { readonly isSettled?: boolean; readonly credentials?: readonly Item[] } = {},
): Evidence {
  const byAccount = new Map<string, JobFact[]>();
  for (const fact of facts.values()) {
    const list = byAccount.get(fact.accountId);
    if (list === undefined) byAccount.set(fact.accountId, [fact]);
    else list.push(fact);
  }
  const jobs = [...byAccount].sort(([a], [b]) => compareTexts(a, b)).flatMap(([, list]) => jobsOf(list));
  const roles = new Set(jobs.flatMap(({ roleArns }) => roleArns.map(roleKeyOf)));
  const isOfJobs = (fact: JobFact) =>
    fact.kind === 'session' && (fact.roleArn === undefined || roles.has(roleKeyOf(fact.roleArn)));
  const issued = factsIn(more.credentials ?? [], isOfJobs);
  const all = [...new Map([...facts, ...issued]).values()];
  const byId = new Map(jobs.flatMap((job) => [[job.arn, job] as const, [job.id, job] as const]));
  const judgedBy: JobEvidence = {
    jobs,
    grants: all.filter((fact) => fact.kind === 'grant'),
    sessions: all.filter((fact) => fact.kind === 'session'),
    resolveKey(reference, accountId, region, timeMs) {
      const alias = aliasNameOf(reference, accountId, region);
      return alias === undefined ? undefined : keyOfAlias(aliases.get(aliasKey(alias)) ?? [], timeMs);
    },
  };
  let attributor: Attributor | undefined;
  return {
    ...judgedBy,
    aliases,
    name,
    isSettled: more.isSettled === true,
    job: (arn, createdMs) => byId.get(`${arn}|${createdMs ?? ''}`) ?? byId.get(arn),
    // Made when it is first needed: listing and comparing jobs needs none.
    get attributor() {
      attributor ??= new Attributor(judgedBy);
      return attributor;
    },
  };
}

/**
 * Reads evidence, and keeps it for the last few periods until there are new facts. Its answers are never older than
 * the call.
 */
export class EvidenceStore {
  readonly #table: Table;
  #version = '';
  /** The incoming facts at the time of `hold`. */
  #held: { readonly version: string; readonly incoming: readonly Item[] } | undefined;
  readonly #kept = new Map<string, Evidence>();

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Reads the incoming facts once and uses these until `letGo`, for work that asks for evidence many times and should
   * use one state of it.
   */
  async hold(): Promise<void> {
    this.#held = undefined;
    this.#held = await this.#readVersion();
  }

  /** Ends `hold`. */
  letGo(): void {
    this.#held = undefined;
  }

  /** Evidence of all that may concern the uses of a day. */
  of(day: string): Promise<Evidence> {
    return this.between(day, day);
  }

  /** Evidence of all that may concern the uses of some days, both inclusive. */
  async between(firstDay: string, lastDay: string): Promise<Evidence> {
    const months = monthsBetween(firstDay, lastDay);
    for (let seen = await this.#readVersion(); ; ) {
      const { version, incoming } = seen;
      if (this.#version !== version) this.#kept.clear();
      this.#version = version;
      const pks = await settledPks(this.#table, months);
      const name = contentName(Buffer.from(`${version} ${pks.join()}`));
      const known = this.#kept.get(name);
      if (known !== undefined) return known;
      const { issued, others } = issuedAmong(pks);
      const earlier = await readEarlierAliases(this.#table);
      const facts = new Map([...(await readSettled(this.#table, others)), ...factsIn(incoming)]);
      const credentials = await itemsOf(this.#table, issued);
      const aliases = joinAliases(aliasesOf(facts.values()), earlier);
      // Facts that were settled during the reads may have been read in part.
      seen = await this.#readVersion();
      if (seen.version !== version) continue;
      const evidence = evidenceOfFacts(facts, aliases, name, {
        isSettled: incoming.length === 0,
        credentials,
      });
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined && this.#kept.size >= KEPT_PERIODS) this.#kept.delete(oldest);
      // Where the version changed during the reads, the name does not match it.
      if (this.#version === version) this.#kept.set(name, evidence);
      return evidence;
    }
  }

  async #readVersion() {
    if (this.#held !== undefined) return this.#held;
    const settledVersion = await readEvidenceVersion(this.#table);
    // Read before the settled facts: facts that are settled in between are found there.
    const incoming = await readIncoming(this.#table);
    return { version: `${settledVersion} ${incoming.map(({ sk }) => sk).join()}`, incoming };
  }
}

async function readEvidenceVersion(table: Table): Promise<number> {
  return (await table.get(VERSION_KEY))?.version ?? 0;
}

/** Raises the version, so that kept evidence is read again. Answers a number that no other call answers. */
export async function raiseEvidenceVersion(table: Table): Promise<number> {
  for (;;) {
    const version = await readEvidenceVersion(table);
    const next = { ...VERSION_KEY, version: version + 1 };
    if (await table.putIf(next, version === 0 ? undefined : version)) return version + 1;
  }
}
