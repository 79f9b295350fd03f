import { counterEvidenceOf, queryServiceOf } from './counter-evidence.ts';
import type { Day } from './day.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementCache } from './judgement-cache.ts';
import { bestFirst, narrowed } from './narrow.ts';
import type { RegionJobs } from './region-jobs.ts';
import { scoreCandidates } from './score-candidates.ts';
import { noContext } from './session-context.ts';
import { subject } from './subjects.ts';
import { featuresOf } from './use-features.ts';

/**
 * Judges uses that only the key owner's account recorded. That copy has the caller's account and session, but not its
 * role. A job of the account is a candidate if the session has its name, or if it declares the place of the object.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 */
export class AccountJudge {
  readonly #regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined;
  readonly #judgements: JudgementCache;

  constructor(
    regionJobsOf: (accountId: string, region: string) => RegionJobs | undefined,
    judgements: JudgementCache,
  ) {
    this.#regionJobsOf = regionJobsOf;
    this.#judgements = judgements;
  }

  judge(use: JudgedUse, day: Day): Judgement | undefined {
    const { accountId } = use.principal;
    const { region } = use;
    // For a user the copy has no session.
    if (
      use.principal.type !== 'account' ||
      use.principal.session === undefined ||
      accountId === undefined ||
      region === undefined
    ) {
      return undefined;
    }
    day.ask(subject.regionJobs(accountId, region));
    const live = this.#regionJobsOf(accountId, region)?.liveAt(use.eventTimeMs) ?? [];
    if (live.length === 0 || counterEvidenceOf(use) !== undefined || queryServiceOf(use) !== undefined) {
      return undefined;
    }
    const features = featuresOf(use, accountId);
    const hasPath = features.path?.includes('/') === true;
    const supported = scoreCandidates(live, features, noContext).scored.filter(
      ({ bits }) => (bits & (hasPath ? withoutRole : withoutRoleInBucket)) !== 0,
    );
    const left = bestFirst(narrowed(supported, features.isOutput), features.timeMs);
    const facts = {
      ground: `the account ${accountId} and the time agree; the record does not tell the role`,
      keyArn: use.keyArn,
    };
    const [best] = left;
    if (best === undefined) {
      return undefined;
    }
    const [, another] = left;
    // The bucket alone is of everybody who may use it.
    if (another === undefined && (best.bits & withoutRole) === 0) {
      return undefined;
    }
    return (best.bits & (evidence.ownObject | evidence.sessionName)) === 0
      ? this.#judgements.ambiguous(left, facts)
      : this.#judgements.found('probable', left, facts);
  }
}

/** Evidence that makes a job a candidate without its role. */
const withoutRole = evidence.ownObject | evidence.sessionName | evidence.input | evidence.output;
/** With a Bucket Key only the bucket is known, which others in the account use too. */
const withoutRoleInBucket = withoutRole | evidence.bucket;
