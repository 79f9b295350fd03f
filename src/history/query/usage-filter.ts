import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { accountOfKeyArn } from '../../kms/key-arn.ts';
import { AT, type Extra, type Profile, parseExtra } from '../facts/fact.ts';
import { judgedJobs } from '../facts/judgement-text.ts';
import type { RowSet } from '../facts/row-set.ts';
import { sourceIdsIn } from '../facts/source.ts';
import { type GroupMembers, type KeyDay, MEMBER } from '../pages/key-day.ts';
import type { UsageFilter } from './questions.ts';
import { RowVerdicts } from './row-verdicts.ts';

/** A filter made ready to be asked of groups and rows. Keys are not its part: the question's key names select them. */
export class UsageMatcher {
  readonly #principal: ReadonlySet<string> | undefined;
  readonly #job: ReadonlySet<string> | undefined;
  readonly #operation: ReadonlySet<string> | undefined;
  readonly #category: ReadonlySet<string> | undefined;
  readonly #outcome: ReadonlySet<string> | undefined;
  readonly #status: ReadonlySet<string> | undefined;
  readonly #account: ReadonlySet<string> | undefined;
  readonly #region: ReadonlySet<string> | undefined;
  readonly #expected: ReadonlySet<string> | undefined;
  readonly #sourceId: ReadonlySet<string> | undefined;
  readonly #judge: ExpectationJudge | undefined;
  /** The test of each set: a set is asked for each of its keys. */
  readonly #tests = new WeakMap<RowSet, (row: number) => boolean>();
  /** False where no row can match: no expectation exists that a use could meet or miss. */
  readonly isPossible: boolean;

  /** @param judge undefined while there are no expectations */
  constructor(filter: UsageFilter, judge?: ExpectationJudge) {
    this.#principal = asSet(filter.principal);
    this.#job = asSet(filter.job);
    this.#operation = asSet(filter.operation);
    this.#category = asSet(filter.category);
    this.#outcome = asSet(filter.outcome);
    this.#status = asSet(filter.status);
    this.#account = asSet(filter.account);
    this.#region = asSet(filter.region);
    this.#sourceId = asSet(filter.sourceId);
    this.#judge = judge;
    this.#expected = judge === undefined ? undefined : asSet(filter.expected);
    this.isPossible =
      judge !== undefined || filter.expected === undefined || filter.expected.includes('no-rule');
  }

  get principals(): ReadonlySet<string> | undefined {
    return this.#principal;
  }

  get jobs(): ReadonlySet<string> | undefined {
    return this.#job;
  }

  /** Whether rows have to be looked at, since rows of one group may differ in whether they match. */
  get looksAtRows(): boolean {
    return this.#expected !== undefined || this.#sourceId !== undefined;
  }

  get wantsSuccesses(): boolean {
    return this.#outcome === undefined || this.#outcome.has('success');
  }

  get wantsExceptions(): boolean {
    return this.#outcome === undefined || this.#outcome.size > (this.#outcome.has('success') ? 1 : 0);
  }

  group(members: GroupMembers, keyArn: string | undefined): boolean {
    return (
      has(this.#principal, members[MEMBER.principalId]) &&
      has(this.#operation, members[MEMBER.operation]) &&
      has(this.#category, members[MEMBER.category]) &&
      has(this.#outcome, members[MEMBER.outcome]) &&
      has(this.#region, members[MEMBER.region]) &&
      this.#judged(members[MEMBER.status], members[MEMBER.jobs]) &&
      this.#matchesAccount(
        members[MEMBER.accountId],
        members[MEMBER.principalAccount],
        keyArn,
        members[MEMBER.accounts],
      )
    );
  }

  /** A test for the rows of a set, the same each time; works out each profile once. */
  rows(set: RowSet): (row: number) => boolean {
    const test = this.#tests.get(set) ?? this.#testOf(set);
    this.#tests.set(set, test);
    return test;
  }

  #testOf(set: RowSet): (row: number) => boolean {
    const byProfile: (boolean | undefined)[] = [];
    const byJudgement: (boolean | undefined)[] = [];
    const verdicts =
      this.#judge === undefined || this.#expected === undefined
        ? undefined
        : new RowVerdicts(set, this.#judge);
    return (row) => {
      const number = set.profile[row] as number;
      let matches = byProfile[number];
      // The accounts of a folded row's copies match too, and these are not in the profile.
      if (matches === undefined || this.#account !== undefined) {
        const extra = parseExtra(set.extras.text(set.extra[row] as number));
        matches = this.#profile(set.profileAt(number), extra);
        byProfile[number] = matches;
      }
      if (!matches) return false;
      if (!this.#isFromSource(set, row)) return false;
      if (verdicts !== undefined && this.#expected?.has(verdicts.of(row).expected) !== true) return false;
      if (this.#job === undefined && this.#status === undefined) return true;
      const judgement = set.judgement[row] as number;
      let isJudgedSo = byJudgement[judgement];
      if (isJudgedSo === undefined) {
        const { status, jobs } = judgedJobs(set.judgements.text(judgement));
        isJudgedSo = this.#judged(status, jobs);
        byJudgement[judgement] = isJudgedSo;
      }
      return isJudgedSo;
    };
  }

  #isFromSource(set: RowSet, row: number): boolean {
    const wanted = this.#sourceId;
    return wanted === undefined || sourceIdsIn(set.sourcesOf(row)).some((id) => wanted.has(id));
  }

  #judged(status: string, jobs: readonly string[]): boolean {
    return has(this.#status, status) && (this.#job === undefined || jobs.some((job) => this.#job?.has(job)));
  }

  #profile(profile: Profile, extra: Extra): boolean {
    return (
      has(this.#principal, profile[AT.principalId]) &&
      has(this.#operation, profile[AT.operation]) &&
      has(this.#category, profile[AT.category]) &&
      has(this.#outcome, profile[AT.outcome]) &&
      has(this.#region, profile[AT.region]) &&
      this.#matchesAccount(
        profile[AT.accountId],
        profile[AT.principalAccount],
        profile[AT.keyArn] ?? undefined,
        extra.accounts ?? [],
      )
    );
  }

  #matchesAccount(
    recorded: string | null,
    caller: string | null,
    keyArn: string | undefined,
    copies: readonly string[],
  ): boolean {
    const wanted = this.#account;
    if (wanted === undefined) return true;
    return (
      (recorded !== null && wanted.has(recorded)) ||
      (caller !== null && wanted.has(caller)) ||
      (keyArn !== undefined && wanted.has(accountOfKeyArn(keyArn))) ||
      copies.some((account) => wanted.has(account))
    );
  }
}

function has(wanted: ReadonlySet<string> | undefined, value: string | null): boolean {
  return wanted === undefined || (value !== null && wanted.has(value));
}

function asSet(values: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return values === undefined || values.length === 0 ? undefined : new Set(values);
}

export function shownKeyOf(keyDay: KeyDay): string | undefined {
  return keyDay.keyArn ?? keyDay.keyRef;
}
