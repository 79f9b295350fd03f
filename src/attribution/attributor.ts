import type { Job } from '../sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../sagemaker/job-fact.ts';
import { AuthorIndex } from './author-index.ts';
import { type Candidate, candidateOf, type ResolveKey } from './candidate.ts';
import { GrantBook, type GrantOwner, isVolume } from './grant-book.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import { JudgementBook } from './judgement-book.ts';
import { type NamedBy, NamedJudge } from './named-judge.ts';
import { type Day, type Observation, RoleJudge } from './role-judge.ts';
import { roleKeyOf } from './role-key.ts';
import { type ResourceArn, resourceArnIn, resourceArnOf } from './sagemaker-arn.ts';
import { SessionBook } from './session-book.ts';
import { subject } from './subjects.ts';
import { compareTexts } from './text-order.ts';

/** What jobs are judged by: each a set, in any order. */
export interface Evidence {
  readonly jobs: readonly Job[];
  readonly grants: readonly GrantFact[];
  readonly sessions: readonly SessionFact[];
  readonly resolveKey?: ResolveKey;
}

const nothing: readonly Observation[] = [];

/** Which job made a use: the evidence of one set of accounts, built once and asked for a million uses. */
export class Attributor {
  readonly #roles = new Map<string, RoleJudge>();
  /** Role judges by principal as records spell it, looked up once a spelling. */
  readonly #byPrincipal = new Map<string, RoleJudge | undefined>();
  readonly #book = new JudgementBook();
  readonly #grants: GrantBook;
  readonly #named: NamedJudge;

  constructor({ jobs, grants, sessions, resolveKey }: Evidence) {
    const candidates = jobs.map((job) => candidateOf(job, resolveKey)).sort(byRun);
    const book = new SessionBook(sessions);
    const byRole = new Map<string, Candidate[]>();
    const byArn = new Map<string, Candidate[]>();
    for (const candidate of candidates) {
      put(byArn, candidate.job.arn, candidate);
      for (const roleKey of new Set(candidate.job.roleArns.map(roleKeyOf))) {
        if (roleKey !== undefined) {
          put(byRole, roleKey, candidate);
        }
      }
    }
    const authors = new AuthorIndex(candidates);
    for (const [roleKey, ofRole] of byRole) {
      this.#roles.set(roleKey, new RoleJudge(roleKey, ofRole, book, authors, this.#book));
    }
    const judgeOf = (roleKey: string): RoleJudge | undefined => this.#roles.get(roleKey);
    this.#grants = new GrantBook(grants, judgeOf, book);
    this.#named = new NamedJudge(byArn, judgeOf, this.#book);
  }

  /**
   * First pass over the uses of one UTC day: what a use teaches of its session and of the keys of a job. It comes
   * from the use, the jobs and the grants alone, and from evidence that is strong or better.
   */
  observe(use: JudgedUse): readonly Observation[] {
    const judge = this.#judgeOfPrincipal(use);
    return judge === undefined ? nothing : judge.observe(use);
  }

  /** Second pass: which job made the use. */
  judge(use: JudgedUse, day: Day): Judgement {
    const named = namedIn(use);
    if (named !== undefined) {
      return this.#named.judge(named.resource, named.by, use, day);
    }
    const grantId = use.grant?.id;
    if (grantId !== undefined) {
      day.ask(subject.grant(grantId));
      const owner = this.#grants.ofId(grantId);
      if (owner !== undefined) {
        const judgement = this.#ofGrant(owner, 'grant', use, day);
        if (judgement !== undefined) {
          return judgement;
        }
      }
    }
    const volumeId = volumeIn(use);
    if (volumeId !== undefined) {
      day.ask(subject.volume(volumeId));
      const owner = this.#grants.ofVolume(volumeId, use.keyArn);
      const judgement = owner === undefined ? undefined : this.#ofGrant(owner, 'volume', use, day);
      if (judgement !== undefined) {
        return judgement;
      }
    }
    const judge = this.#judgeOfPrincipal(use);
    if (judge !== undefined) {
      return judge.judge(use, day);
    }
    return this.#book.none(reasonOfNone(use));
  }

  #ofGrant(owner: GrantOwner, of: 'grant' | 'volume', use: JudgedUse, day: Day): Judgement | undefined {
    switch (owner.kind) {
      case 'named':
        return this.#named.judge(owner.resource, "the grant's constraint", use, day);
      case 'made': {
        const { judge, weighed, isSure } = owner;
        if (!mayActFor(use, judge.roleKey)) {
          return undefined;
        }
        return judge.judgeGrant(of, weighed, isSure, owner.grant);
      }
      case 'unknown':
        return undefined;
      default:
        return owner satisfies never;
    }
  }

  #judgeOfPrincipal({ principal: { type, id } }: JudgedUse): RoleJudge | undefined {
    if (type !== 'role' || id === undefined) {
      return undefined;
    }
    const known = this.#byPrincipal.get(id);
    if (known !== undefined || this.#byPrincipal.has(id)) {
      return known;
    }
    if (this.#byPrincipal.size >= 100_000) {
      this.#byPrincipal.clear();
    }
    const roleKey = roleKeyOf(id);
    const judge = roleKey === undefined ? undefined : this.#roles.get(roleKey);
    this.#byPrincipal.set(id, judge);
    return judge;
  }
}

function namedIn(use: JudgedUse): { readonly resource: ResourceArn; readonly by: NamedBy } | undefined {
  const scope = use.join?.inScopeOf;
  if (scope !== undefined) {
    const resource = resourceArnOf(scope);
    if (resource !== undefined) {
      return { resource, by: 'the scope of the credentials' };
    }
  }
  const { encryptionContext, grant } = use;
  const inContext = encryptionContext === undefined ? undefined : resourceArnIn(encryptionContext);
  if (inContext !== undefined) {
    return { resource: inContext, by: 'the encryption context' };
  }
  for (const constraint of Object.values(grant?.constraints ?? {})) {
    const resource = resourceArnIn(constraint);
    if (resource !== undefined) {
      return { resource, by: "the grant's constraint" };
    }
  }
  return undefined;
}

/** The EBS volume that a use or the grant that it creates is of. */
function volumeIn(use: JudgedUse): string | undefined {
  const inContext = use.encryptionContext?.['aws:ebs:id'];
  if (inContext !== undefined && isVolume(inContext)) {
    return inContext;
  }
  for (const constraint of Object.values(use.grant?.constraints ?? {})) {
    const volumeId = constraint['aws:ebs:id'];
    if (volumeId !== undefined && isVolume(volumeId)) {
      return volumeId;
    }
  }
  return undefined;
}

/**
 * Whether a use of a job's grant or volume may be the job's own: by its role, by a service, or by the pseudo role of
 * the instance that the volume is attached to. Anybody else who names them is somebody else.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/services-ebs.html
 */
function mayActFor({ principal: { type, id, via } }: JudgedUse, roleKey: string): boolean {
  if (type === 'service' || id === undefined || via?.includes('sagemaker') === true) {
    return true;
  }
  return type === 'role' && (id.endsWith('role/aws:ec2-infrastructure') || roleKeyOf(id) === roleKey);
}

function reasonOfNone({ principal }: JudgedUse): string {
  switch (principal.type) {
    case 'role':
      return 'no SageMaker job is known to use this role';
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

function put<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const items = map.get(key);
  if (items === undefined) {
    map.set(key, [item]);
  } else {
    items.push(item);
  }
}

function byRun(a: Candidate, b: Candidate): number {
  return a.createdMs - b.createdMs || compareTexts(a.job.id, b.job.id);
}
