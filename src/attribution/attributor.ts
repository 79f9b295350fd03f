import { appendToList } from '../append-to-list.ts';
import type { Job } from '../sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../sagemaker/job-fact.ts';
import { compareTexts } from '../text/text-order.ts';
import { AccountJudge } from './account-judge.ts';
import { AuthorIndex, authorAt } from './author-index.ts';
import { type Candidate, candidateOf, type ResolveKey } from './candidate.ts';
import type { Day, Observation } from './day.ts';
import { GrantIndex } from './grant-index.ts';
import { GrantJudge } from './grant-judge.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import { JudgementCache } from './judgement-cache.ts';
import { type NamedBy, NamedJudge } from './named-judge.ts';
import { ReadGrants } from './read-grants.ts';
import { RegionJobs } from './region-jobs.ts';
import { RoleJudge } from './role-judge.ts';
import { roleKeyOf, roleNameOf } from './role-key.ts';
import { type RunningResource, runningResourceIn, runningResourceOf } from './running-resource.ts';
import { SessionIndex } from './session-index.ts';
import { subject } from './subjects.ts';

/** The inputs of the join besides the uses. Each list is a set: its order does not matter. */
export interface JobEvidence {
  readonly jobs: readonly Job[];
  readonly grants: readonly GrantFact[];
  readonly sessions: readonly SessionFact[];
  readonly resolveKey?: ResolveKey;
}

/** Raised with every change to what is observed or judged: a sealed day keeps by which rules it was judged. */
export const JUDGING_RULES = 2;

const nothing: readonly Observation[] = [];

/** Finds the job that made a use. Built once from the evidence of some accounts, then asked for millions of uses. */
export class Attributor {
  readonly #byId: ReadonlyMap<string, Candidate>;
  readonly #roles = new Map<string, RoleJudge>();
  readonly #byPrincipal = new Map<string, KnownRole>();
  readonly #judgements = new JudgementCache();
  readonly #grants: GrantJudge;
  readonly #accounts: AccountJudge;
  readonly #named: NamedJudge;
  readonly #authors: AuthorIndex;

  constructor({ jobs, grants, sessions, resolveKey }: JobEvidence) {
    const candidates = jobs.map((job) => candidateOf(job, resolveKey)).sort(byRun);
    this.#byId = new Map(candidates.map((candidate) => [candidate.job.id, candidate]));
    const sessionIndex = new SessionIndex(sessions);
    const byRole = new Map<string, Candidate[]>();
    const byArn = new Map<string, Candidate[]>();
    const byPlace = new Map<string, Candidate[]>();
    for (const candidate of candidates) {
      const { arn, accountId, region } = candidate.job;
      appendToList(byArn, arn, candidate);
      appendToList(byPlace, `${accountId}/${region}`, candidate);
      for (const roleKey of new Set(candidate.job.roleArns.map(roleKeyOf))) {
        if (roleKey !== undefined) {
          appendToList(byRole, roleKey, candidate);
        }
      }
    }
    const authors = new AuthorIndex(candidates);
    this.#authors = authors;
    for (const [roleKey, ofRole] of byRole) {
      this.#roles.set(roleKey, new RoleJudge(roleKey, ofRole, sessionIndex, authors, this.#judgements));
    }
    const judgeOf = (roleKey: string): RoleJudge | undefined => this.#roles.get(roleKey);
    const places = new Map([...byPlace].map(([place, ofPlace]) => [place, new RegionJobs(ofPlace)]));
    const regionJobsOf = (accountId: string, region: string): RegionJobs | undefined =>
      places.get(`${accountId}/${region}`);
    const readGrants = new ReadGrants(grants, regionJobsOf);
    this.#named = new NamedJudge(byArn, judgeOf, readGrants, this.#judgements);
    const grantIndex = new GrantIndex(grants, judgeOf, regionJobsOf, sessionIndex);
    this.#grants = new GrantJudge(grantIndex, regionJobsOf, this.#named, this.#judgements);
    this.#accounts = new AccountJudge(regionJobsOf, this.#judgements);
  }

  /**
   * First pass over the uses of one UTC day: what a use shows about its session and about the keys of a job. It depends
   * on the use, the jobs and the grants only, and only strong evidence counts.
   */
  observe(use: JudgedUse): readonly Observation[] {
    return this.#roleOf(use)?.judge?.observe(use) ?? nothing;
  }

  /** Whether the job with an id may be alive between two times; true for an unknown job. */
  mayBeAlive(jobId: string, fromMs: number, toMs: number): boolean {
    const candidate = this.#byId.get(jobId);
    return candidate === undefined || (candidate.fromMs < toMs && candidate.toMs > fromMs);
  }

  /** The latest run, by a time, of the job that owns the folder of an object (`bucket/key`); found by the path alone. */
  authorOf(path: string, timeMs: number): Job | undefined {
    return authorAt(this.#authors.folderOf(path), timeMs)?.job;
  }

  /** Second pass: which job made the use. Every judgement depends on the role, because `observe` does. */
  judge(use: JudgedUse, day: Day): Judgement {
    const role = this.#roleOf(use);
    if (role !== undefined) {
      day.ask(role.subject);
    }
    const named = namedIn(use);
    if (named !== undefined) {
      return this.#named.judge(named.resource, named.by, use, day);
    }
    return (
      this.#grants.judge(use, day) ??
      // Also for a role without known jobs, since one may become known later.
      (role === undefined ? undefined : (role.judge?.judge(use, day) ?? role.unused)) ??
      this.#accounts.judge(use, day) ??
      this.#judgements.none(reasonOfNone(use))
    );
  }

  #roleOf({ principal: { type, id } }: JudgedUse): KnownRole | undefined {
    if (type !== 'role' || id === undefined) {
      return undefined;
    }
    const known = this.#byPrincipal.get(id);
    if (known !== undefined) {
      return known;
    }
    if (this.#byPrincipal.size >= keptRoles) {
      this.#byPrincipal.clear();
    }
    const roleKey = roleKeyOf(id) ?? id;
    const role = {
      subject: subject.role(roleKey),
      judge: this.#roles.get(roleKey),
      unused: this.#judgements.notAlive(roleNameOf(roleKey)),
    };
    this.#byPrincipal.set(id, role);
    return role;
  }
}

const keptRoles = 100_000;

/** A role as records spell it. */
interface KnownRole {
  readonly subject: string;
  /** Undefined if no job has the role. */
  readonly judge: RoleJudge | undefined;
  /** The judgement of its uses if no job has the role. */
  readonly unused: Judgement;
}

function namedIn(use: JudgedUse): { readonly resource: RunningResource; readonly by: NamedBy } | undefined {
  const scope = use.join?.inScopeOf;
  if (scope !== undefined) {
    const resource = runningResourceOf(scope);
    if (resource !== undefined) {
      return { resource, by: 'the scope of the credentials' };
    }
  }
  const { encryptionContext, grant } = use;
  const inContext = encryptionContext === undefined ? undefined : runningResourceIn(encryptionContext);
  if (inContext !== undefined) {
    return { resource: inContext, by: 'the encryption context' };
  }
  if (grant?.constraints === undefined) {
    return undefined;
  }
  for (const constraint of Object.values(grant.constraints)) {
    const resource = runningResourceIn(constraint);
    if (resource !== undefined) {
      return { resource, by: "the grant's constraint" };
    }
  }
  return undefined;
}

function reasonOfNone({ principal }: JudgedUse): string {
  switch (principal.type) {
    case 'role':
      return 'the record does not say which role used the key';
    case 'service':
      return `the service ${principal.id ?? 'that is not named'} used the key by itself, and nothing in the event names a job`;
    case 'account':
      return "only the key owner's record is known, which does not tell the caller's role";
    case 'user':
    case 'root':
    case 'federated':
    case 'identity-center':
      return 'jobs run under roles, and this is none';
    case 'unknown':
      return 'the record does not say who used the key';
    default:
      return principal.type satisfies never;
  }
}

function byRun(a: Candidate, b: Candidate): number {
  return a.createdMs - b.createdMs || compareTexts(a.job.id, b.job.id);
}
