import { contrarySignOf } from './contrary-signs.ts';
import type { Day } from './day.ts';
import { evidence } from './evidence.ts';
import type { JudgedUse, Judgement } from './judgement.ts';
import type { JudgementBook } from './judgement-book.ts';
import { bestFirst, narrowed } from './narrow.ts';
import type { PlaceJobs } from './place-jobs.ts';
import { sightingOf } from './sighting.ts';
import { subject } from './subjects.ts';
import { stranger, weighAll } from './weigh.ts';

/**
 * Judges the uses of which only the key owner's copy is known: it tells the caller's account and session, not its
 * role. A job of that account is thought of where the session bears its name or it declares the object's place.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 */
export class AccountJudge {
  readonly #placeOf: (accountId: string, region: string) => PlaceJobs | undefined;
  readonly #book: JudgementBook;

  constructor(placeOf: (accountId: string, region: string) => PlaceJobs | undefined, book: JudgementBook) {
    this.#placeOf = placeOf;
    this.#book = book;
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
    day.ask(subject.place(accountId, region));
    const live = this.#placeOf(accountId, region)?.liveAt(use.eventTimeMs) ?? [];
    if (live.length === 0 || contrarySignOf(use) !== undefined) {
      return undefined;
    }
    const sighting = sightingOf(use, accountId);
    const hasPath = sighting.path?.includes('/') === true;
    const supported = weighAll(live, sighting, stranger).weighed.filter(
      ({ bits }) => (bits & (hasPath ? telling : inBucket)) !== 0,
    );
    const left = bestFirst(narrowed(supported, sighting.isOutput), sighting.timeMs);
    const facts = {
      ground: `the account ${accountId} and the time agree; the record does not tell the role`,
      keyArn: use.keyArn,
    };
    const [best] = left;
    if (best === undefined) {
      return undefined;
    }
    return (best.bits & (evidence.ownObject | evidence.sessionName)) === 0
      ? this.#book.ambiguous(left, facts)
      : this.#book.found('probable', left, facts);
  }
}

/** What tells a job without its role. */
const telling = evidence.ownObject | evidence.sessionName | evidence.input | evidence.output;
/** Of a Bucket Key no more than the bucket is known, in which others of the account work too. */
const inBucket = telling | evidence.bucket;
