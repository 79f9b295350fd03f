import { operationCategory } from '../kms/operation-category.ts';
import type { Conditions, Expectation, WeeklyTime } from './expectation.ts';
import type { InspectedUse } from './inspected-use.ts';
import { addressesIn } from './networks.ts';
import { serviceName } from './service-name.ts';
import type { Verdict } from './verdict.ts';

/**
 * The answer of an expectation to a use whose key and principal it names. `jobs`: yes, if a job made the use.
 * `…-by-time`: no time was given, and the answer depends on it.
 */
export type PermissionAnswer = 'no' | 'yes' | 'yes-by-time' | 'jobs' | 'jobs-by-time';

/** A compiled expectation, without its keys and principals. */
export class Permission {
  /** Its index in the order of ids. */
  readonly rank: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly verdict: Verdict;
  /** Whether it allows more than managing the key. */
  readonly isOfUse: boolean;
  readonly #operations: ReadonlySet<string>;
  readonly #via: ReadonlySet<string> | undefined;
  readonly #vpcEndpoints: ReadonlySet<string> | undefined;
  readonly #isAddressIn: ((sourceIp: string | undefined) => boolean) | undefined;
  readonly #times: readonly MinutesOfDays[] | undefined;
  readonly #isForJobs: boolean;

  constructor(expectation: Expectation, rank: number) {
    const { id, operations, from, expires } = expectation;
    const only: Conditions = expectation.only ?? {};
    this.rank = rank;
    this.fromMs = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
    this.toMs = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires);
    this.verdict = Object.freeze({ expected: 'yes', expectation: id });
    this.isOfUse = operations.some(
      (operation) => operation !== 'management' && operationCategory(operation) !== 'management',
    );
    this.#operations = new Set(operations);
    this.#via = only.via === undefined ? undefined : new Set(only.via.map(serviceName));
    this.#vpcEndpoints = only.vpcEndpoints === undefined ? undefined : new Set(only.vpcEndpoints);
    this.#isAddressIn = only.networks === undefined ? undefined : addressesIn(only.networks);
    this.#times = only.times?.map(minutesOf);
    this.#isForJobs = only.jobs === true;
  }

  /** Whether it names the operation, conditions aside. */
  namesOperation({ operation, category }: Pick<InspectedUse, 'operation' | 'category'>): boolean {
    return this.#operations.has(operation) || this.#operations.has(category);
  }

  /** @param timeMs epoch milliseconds; undefined for an answer at any time */
  ask(use: InspectedUse, timeMs: number | undefined): PermissionAnswer {
    if (!this.namesOperation(use)) return 'no';
    const { via } = use.principal;
    if (this.#via !== undefined && (via === undefined || !this.#via.has(serviceName(via)))) return 'no';
    if (this.#vpcEndpoints !== undefined && !this.#vpcEndpoints.has(use.vpcEndpointId ?? '')) return 'no';
    if (this.#times !== undefined && timeMs !== undefined && !isWithin(this.#times, timeMs)) return 'no';
    if (this.#isAddressIn !== undefined && !this.#isAddressIn(use.sourceIp)) return 'no';
    const isByTime = this.#times !== undefined && timeMs === undefined;
    // For an ambiguous use, one of the listed jobs is assumed to have made it.
    if (this.#isForJobs && (use.joinedTo === undefined || use.joinedTo.status === 'none'))
      return isByTime ? 'jobs-by-time' : 'jobs';
    return isByTime ? 'yes-by-time' : 'yes';
  }
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** 1970 began on a Thursday. */
const FIRST_DAY = 3;

interface MinutesOfDays {
  /** Bits of days, Monday the lowest. */
  readonly days: number;
  readonly from: number;
  readonly to: number;
}

function minutesOf({ days = DAYS, from, to }: WeeklyTime): MinutesOfDays {
  return {
    days: days.reduce((bits, day) => bits | (1 << DAYS.indexOf(day)), 0),
    from: minute(from),
    to: minute(to),
  };
}

function minute(clock: string): number {
  const [hours = '', minutes = ''] = clock.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function isWithin(times: readonly MinutesOfDays[], timeMs: number): boolean {
  const minutes = Math.floor(timeMs / MINUTE_MS);
  const day = Math.floor(minutes / DAY_MINUTES);
  const ofDay = minutes - day * DAY_MINUTES;
  const ofWeek = (((day + FIRST_DAY) % 7) + 7) % 7;
  return times.some(({ days, from, to }) => (days & (1 << ofWeek)) !== 0 && ofDay >= from && ofDay < to);
}
