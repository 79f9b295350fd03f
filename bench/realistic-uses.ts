import { Random } from '../simulator/random.ts';
import { popularity, Weighted } from '../simulator/weighted.ts';
import type { EventId, Principal } from '../src/cloudtrail/identity.ts';
import type { KeyArn, KeyUse, OperationCategory, Outcome } from '../src/kms/key-use.ts';

export interface UsesOptions {
  readonly seed: number;
  /** Midnight, epoch milliseconds. */
  readonly startMs: number;
  readonly days: number;
  /** About how many in all. */
  readonly uses: number;
  readonly keys: number;
  readonly principals: number;
  readonly jobs: number;
  readonly skew: 'zipf' | 'uniform';
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

const PLACES = [
  { accountId: '111122223333', region: 'us-east-1', weight: 4 },
  { accountId: '111122223333', region: 'eu-west-1', weight: 2 },
  { accountId: '444455556666', region: 'us-east-1', weight: 3 },
  { accountId: '777788889999', region: 'us-east-1', weight: 1 },
];

type Place = (typeof PLACES)[number];

const AGENTS = [
  'aws-sdk-java/2.31.10 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.132 lang/java#21.0.6',
  'aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOARCH#arm64 api/kms#1.38.1',
  'Boto3/1.40.2 md/Botocore#1.40.2 ua/2.1 os/linux#5.10.234 lang/python#3.11.9 Botocore/1.40.2',
];

/** What a key is for outside jobs: it says what the encryption context is. */
const PURPOSES = ['objects', 'bucket', 'secrets', 'table', 'application', 'plain'] as const;

interface Key extends Place {
  readonly arn: KeyArn;
  readonly purpose: (typeof PURPOSES)[number];
  readonly name: string;
}

interface Caller extends Place {
  readonly principal: Principal;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly number: number;
}

/** Who ordinarily uses which key. */
interface Custom {
  readonly key: Key;
  readonly caller: Caller;
  readonly weight: number;
}

/** A job as its uses show it; what its records tell is in `facts-of-jobs.ts`. */
export interface RealisticJob {
  readonly number: number;
  readonly name: string;
  readonly caller: Caller;
  readonly dataKey: Key;
  readonly outputKey: Key;
  readonly fromMs: number;
  readonly toMs: number;
  readonly weight: number;
  /** Absent where its records hide its session: what it shares with other jobs is ambiguous then. */
  readonly accessKeyHash: string | undefined;
}

/** Shares as the simulation of whole accounts has them; see `simulator/simulation-options.ts`. */
const JOB_SHARE = 0.55;
const JOB_ROLES = 0.2;
const DENIED_SHARE = 0.01;
const FAILED_SHARE = 0.004;
/** One job in so many has a hidden session. */
const JOBS_TO_A_HIDDEN_SESSION = 25;

/**
 * Key uses by the million without their records: keys, roles and sessions of SageMaker jobs that read their
 * input and write their output object by object, and applications beside them. The same options give the
 * same uses, hour by hour.
 */
export class RealisticUses {
  readonly options: UsesOptions;
  readonly keys: readonly Key[];
  readonly callers: readonly Caller[];
  readonly jobs: readonly RealisticJob[];
  readonly #customs: Weighted<Custom>;
  readonly #jobsByHour: readonly RealisticJob[][];
  /** Of all jobs together, by hour: how many uses a unit of weight stands for. */
  readonly #usesOfWeight: number;
  readonly #activity: readonly number[];

  constructor(options: UsesOptions) {
    this.options = options;
    const random = new Random(options.seed, 'bench');
    const places = new Weighted(PLACES, (place) => place.weight);
    this.keys = Array.from({ length: options.keys }, (_, number) => aKey(random, places, number));
    const roles = Math.max(1, Math.round(options.principals * JOB_ROLES));
    this.callers = Array.from({ length: options.principals }, (_, number) =>
      aCaller(random, places, number, number < roles),
    );
    this.#customs = customsOf(random, options, this.keys, this.callers.slice(roles));
    this.jobs = jobsOf(random, options, this.keys, this.callers.slice(0, roles));
    const hours = options.days * DAY_HOURS;
    const byHour: RealisticJob[][] = Array.from({ length: hours }, () => []);
    let weight = 0;
    for (const job of this.jobs) {
      weight += job.weight;
      const first = Math.floor((job.fromMs - options.startMs) / HOUR_MS);
      const last = Math.min(hours - 1, Math.floor((job.toMs - options.startMs) / HOUR_MS));
      for (let hour = first; hour <= last; hour++) byHour[hour]?.push(job);
    }
    this.#jobsByHour = byHour;
    this.#usesOfWeight = (options.uses * JOB_SHARE) / weight;
    const activity = Array.from(
      { length: hours },
      (_, hour) => 0.4 + Math.exp(-((((hour % 24) - 13) / 4.5) ** 2)),
    );
    const total = activity.reduce((a, b) => a + b, 0);
    this.#activity = activity.map((share) => share / total);
  }

  /** The uses of one hour of the time, by time. */
  hour(hour: number): KeyUse[] {
    const { options } = this;
    const random = new Random(options.seed, 'hour', hour);
    const fromMs = options.startMs + hour * HOUR_MS;
    const uses: KeyUse[] = [];
    for (const job of this.#jobsByHour[hour] ?? []) {
      const start = Math.max(fromMs, job.fromMs);
      const end = Math.min(fromMs + HOUR_MS, job.toMs);
      const mean = (job.weight * this.#usesOfWeight * (end - start)) / (job.toMs - job.fromMs);
      const count = Math.floor(mean) + (random.chance(mean % 1) ? 1 : 0);
      for (let nth = 0; nth < count; nth++) uses.push(jobUse(random, job, secondBetween(random, start, end)));
    }
    const mean = options.uses * (1 - JOB_SHARE) * (this.#activity[hour] ?? 0);
    const count = Math.floor(mean) + (random.chance(mean % 1) ? 1 : 0);
    for (let nth = 0; nth < count; nth++) {
      uses.push(
        customUse(random, this.#customs.draw(random), secondBetween(random, fromMs, fromMs + HOUR_MS)),
      );
    }
    return uses.sort((a, b) => a.eventTimeMs - b.eventTimeMs);
  }

  *day(day: number): Generator<KeyUse[]> {
    for (let hour = day * DAY_HOURS; hour < (day + 1) * DAY_HOURS; hour++) yield this.hour(hour);
  }
}

function secondBetween(random: Random, fromMs: number, toMs: number): number {
  return Math.floor(random.between(fromMs, toMs) / 1000) * 1000;
}

function aKey(random: Random, places: Weighted<Place>, number: number): Key {
  const place = places.draw(random);
  const arn = `arn:aws:kms:${place.region}:${place.accountId}:key/${random.uuid()}` as KeyArn;
  return { ...place, arn, purpose: PURPOSES[number % PURPOSES.length] ?? 'plain', name: `subject-${number}` };
}

function aCaller(random: Random, places: Weighted<Place>, number: number, isOfJobs: boolean): Caller {
  const place = places.draw(random);
  const name = isOfJobs ? `service-role/SageMaker-team-${number}` : `apps/service-${number}`;
  return {
    ...place,
    number,
    principal: {
      id: `arn:aws:iam::${place.accountId}:role/${name}`,
      type: 'role',
      accountId: place.accountId,
      session: isOfJobs ? 'SageMaker' : `i-0${random.hex(16)}`,
    },
    sourceIp: `198.51.100.${1 + random.int(254)}`,
    userAgent: random.pick(AGENTS),
  };
}

function customsOf(
  random: Random,
  options: UsesOptions,
  keys: readonly Key[],
  callers: readonly Caller[],
): Weighted<Custom> {
  const popular = popularity(options.skew);
  const customs = keys.flatMap((key, index) => {
    const own = callers.filter((caller) => caller.accountId === key.accountId);
    return Array.from(
      { length: 1 + random.int(4) },
      (_, nth): Custom => ({
        key,
        caller: random.pick(own.length > 0 ? own : callers),
        weight: popular(key, index) * 0.6 ** nth,
      }),
    );
  });
  // No principal without a key to use.
  for (const caller of callers) customs.push({ key: random.pick(keys), caller, weight: 0.02 });
  return new Weighted(customs, (custom) => custom.weight);
}

function jobsOf(
  random: Random,
  options: UsesOptions,
  keys: readonly Key[],
  callers: readonly Caller[],
): RealisticJob[] {
  const popular = popularity(options.skew);
  const weighted = new Weighted(keys, popular);
  const teams = new Weighted(
    callers.map((caller) => ({
      caller,
      dataKey: weighted.draw(random),
      outputKey: weighted.draw(random),
    })),
    popular,
  );
  const endMs = options.startMs + options.days * DAY_HOURS * HOUR_MS;
  return Array.from({ length: options.jobs }, (_, number): RealisticJob => {
    // With every key alike, jobs go through the keys in turn.
    const inTurn = options.skew === 'uniform';
    const team = teams.draw(random);
    const fromMs = secondBetween(random, options.startMs, endMs - 600_000);
    const minutes = Math.min(1_440, Math.max(5, Math.exp(3.6 + random.normal())));
    return {
      number,
      name: `train-${team.caller.number}-2026-03-${number}-${random.hex(6)}`,
      caller: team.caller,
      dataKey: inTurn ? (keys[number % keys.length] ?? team.dataKey) : team.dataKey,
      outputKey: inTurn ? (keys[(number + 1) % keys.length] ?? team.outputKey) : team.outputKey,
      fromMs,
      toMs: Math.min(endMs, fromMs + minutes * 60_000),
      weight: Math.exp(random.normal()),
      accessKeyHash: number % JOBS_TO_A_HIDDEN_SESSION === 0 ? undefined : random.alphanumeric(16),
    };
  });
}

/** Where a job's input and output lie: below `s3://<bucket>/`. */
export function bucketOfTeam({ caller }: RealisticJob): string {
  return `team-${caller.number}-${caller.accountId}`;
}

/** Shared by some of the team's jobs. */
export function dataPrefixOf({ number }: RealisticJob): string {
  return `datasets/${number % 40}`;
}

/** Below it each job has a folder of its own name. */
export const OUTPUT_PREFIX = 'models';

interface What {
  readonly key: Key;
  readonly caller: Caller;
  readonly operation: string;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly via: string | undefined;
  readonly sessionStartMs: number;
  /** Absent where the session is hidden. */
  readonly accessKeyHash: string | undefined;
}

function jobUse(random: Random, job: RealisticJob, timeMs: number): KeyUse {
  const { caller, dataKey, outputKey, fromMs: sessionStartMs, accessKeyHash } = job;
  const own = { caller, sessionStartMs, accessKeyHash };
  const bucket = `arn:aws:s3:::${bucketOfTeam(job)}`;
  const draw = random.float();
  if (draw < 0.7) {
    const part = `part-${String(random.int(2000)).padStart(5, '0')}.parquet`;
    const context = { 'aws:s3:arn': `${bucket}/${dataPrefixOf(job)}/${part}` };
    return aUse(random, timeMs, { ...own, key: dataKey, operation: 'Decrypt', context, via: 'AWS Internal' });
  }
  if (draw < 0.9) {
    const context = { 'aws:s3:arn': `${bucket}/${OUTPUT_PREFIX}/${job.name}/output/part-${random.int(500)}` };
    const via = 's3.amazonaws.com';
    return aUse(random, timeMs, { ...own, key: outputKey, operation: 'GenerateDataKey', context, via });
  }
  const context = { purpose: `team-${caller.number}-features` };
  return aUse(random, timeMs, { ...own, key: dataKey, operation: 'Decrypt', context, via: undefined });
}

const SESSION_MS = 6 * HOUR_MS;

function customUse(random: Random, { key, caller }: Custom, timeMs: number): KeyUse {
  const sessionStartMs = Math.floor(timeMs / SESSION_MS) * SESSION_MS - caller.number * 3000;
  const own = { key, caller, sessionStartMs, accessKeyHash: `${caller.number}.${sessionStartMs / 1000}` };
  const isRead = random.chance(0.7);
  switch (key.purpose) {
    case 'objects': {
      const object = `${random.pick(['invoices', 'claims', 'exports'])}/2026/03/${random.hex(10)}.pdf`;
      const context = { 'aws:s3:arn': `arn:aws:s3:::${key.name}-${key.accountId}/${object}` };
      const operation = isRead ? 'Decrypt' : 'GenerateDataKey';
      return aUse(random, timeMs, { ...own, operation, context, via: 's3.amazonaws.com' });
    }
    case 'bucket': {
      const context = { 'aws:s3:arn': `arn:aws:s3:::${key.name}-${key.accountId}` };
      const operation = isRead ? 'Decrypt' : 'GenerateDataKey';
      return aUse(random, timeMs, { ...own, operation, context, via: 'AWS Internal' });
    }
    case 'secrets': {
      const secret = `arn:aws:secretsmanager:${key.region}:${key.accountId}:secret:${key.name}/${random.int(20)}-5eed01`;
      const context = { SecretARN: secret, SecretVersionId: '5eed0000-0000-4000-8000-000000000001' };
      return aUse(random, timeMs, {
        ...own,
        operation: 'Decrypt',
        context,
        via: 'secretsmanager.amazonaws.com',
      });
    }
    case 'table': {
      const context = { 'aws:dynamodb:tableName': key.name, 'aws:dynamodb:subscriberId': key.accountId };
      return aUse(random, timeMs, { ...own, operation: 'Decrypt', context, via: 'dynamodb.amazonaws.com' });
    }
    case 'application': {
      const context = { tenant: `tenant-${random.int(300)}` };
      return aUse(random, timeMs, {
        ...own,
        operation: isRead ? 'Decrypt' : 'Encrypt',
        context,
        via: undefined,
      });
    }
    case 'plain':
      return aUse(random, timeMs, {
        ...own,
        operation: isRead ? 'Decrypt' : 'GenerateDataKey',
        context: undefined,
        via: undefined,
      });
    default:
      return key.purpose satisfies never;
  }
}

function aUse(random: Random, timeMs: number, what: What): KeyUse {
  const { key, caller, via, context, sessionStartMs, accessKeyHash } = what;
  const draw = random.float();
  const outcome: Outcome =
    draw < DENIED_SHARE ? 'denied' : draw < DENIED_SHARE + FAILED_SHARE ? 'failed' : 'success';
  const category: OperationCategory = 'cryptographic';
  return {
    eventId: random.uuid() as EventId,
    eventTimeMs: timeMs,
    accountId: key.accountId,
    region: key.region,
    keyArn: key.arn,
    keyFrom: 'record',
    operation: what.operation,
    category,
    outcome,
    ...(outcome === 'success'
      ? {}
      : { errorCode: outcome === 'denied' ? 'AccessDenied' : 'InvalidCiphertextException' }),
    principal: via === undefined ? caller.principal : { ...caller.principal, via },
    ...(context === undefined ? {} : { encryptionContext: context }),
    sourceIp: via ?? caller.sourceIp,
    userAgent: via ?? caller.userAgent,
    join: accessKeyHash === undefined ? {} : { sessionStartMs, accessKeyHash },
  };
}
