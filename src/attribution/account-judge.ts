import { counterEvidenceOf } from './counter-evidence.ts';
import type { Day } from './day.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementCache } from './judgement-cache.ts';
import { bestFirst, narrowed } from './narrow.ts';
import type { RegionJobs } from './region-jobs.ts';
import { noContext, scoreCandidates } from './score-candidates.ts';
import { subject } from './subjects.ts';
import { featuresOf } from './use-features.ts';

/**
 * Judges the uses of which only the key owner's copy is known: it tells the caller's account and session, not its
 * role. A job of that account is thought of where the session bears its name or it declares the object's place.
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
    // Of users the copy tells no session.
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
    if (live.length === 0 || counterEvidenceOf(use) !== undefined) {
      return undefined;
    }
    const features = featuresOf(use, accountId);
    const hasPath = features.path?.includes('/') === true;
    const supported = scoreCandidates(live, features, noContext).scored.filter(
      ({ bits }) => (bits & (hasPath ? telling : inBucket)) !== 0,
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
    return (best.bits & (evidence.ownObject | evidence.sessionName)) === 0
      ? this.#judgements.ambiguous(left, facts)
      : this.#judgements.found('probable', left, facts);
  }
}

/** What tells a job without its role. */
const telling = evidence.ownObject | evidence.sessionName | evidence.input | evidence.output;
/** Of a Bucket Key no more than the bucket is known, in which others of the account work too. */
const inBucket = telling | evidence.bucket;
