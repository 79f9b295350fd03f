import { AccountLog } from './account-log.ts';
import { type Customs, customsOf } from './customs.ts';
import { Dice } from './dice.ts';
import { aRole, type Role, type RoleSession } from './identity.ts';
import type { Bucket } from './key-ring.ts';
import { aKey, type Key } from './key-ring.ts';

/** One account, what it holds, and what has happened in it so far; seen from one Region. */
export interface World extends InRegion {
  readonly dice: Dice;
  readonly customs: Customs;
  readonly log: AccountLog;
  readonly accountId: string;
  /** An account of somebody else's. */
  readonly otherAccountId: string;
  /** SageMaker's own account, in which its instances run. */
  readonly serviceAccountId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The `userAgent` of code that calls AWS from its own machine. */
  readonly sdk: string;
  readonly teamRoles: readonly Role[];
  /** Jobs, endpoints and the like, in the order they were made up. */
  readonly runs: Run[];
  readonly isSmall: boolean;
}

/** What lies in one Region. */
interface InRegion {
  readonly region: string;
  readonly keys: readonly Key[];
  /** One or two may be hard to follow: in another Region, or under a key of another account. */
  readonly dataBuckets: readonly Bucket[];
  readonly outputBuckets: readonly Bucket[];
}

type Account = Omit<World, keyof InRegion>;

const dayMs = 86_400_000;

/** The same account from each of its Regions: roles and the log are one, keys, buckets and runs are not. */
export function worldsOf(
  seed: number,
  isSmall: boolean,
  held: Partial<Customs>,
): readonly [World, ...World[]] {
  const dice = new Dice(`join-account/${seed}`);
  const customs = { ...customsOf(dice.fork('customs')), ...held };
  const accountId = String(dice.between(100_000_000_000, 899_999_999_999));
  const fromMs = Date.UTC(2026, 2, dice.between(1, 20));
  const account: Account = {
    dice,
    customs,
    log: new AccountLog(dice.fork('ids'), customs.skewSeconds),
    accountId,
    otherAccountId: String(dice.between(900_000_000_000, 999_999_999_999)),
    serviceAccountId: '068912345678',
    fromMs,
    toMs: fromMs + (isSmall ? 3 : 30) * dayMs,
    sdk: 'Boto3/1.40.3 md/Botocore#1.40.3 ua/2.1 os/linux#5.10.240 lang/python#3.11.9',
    teamRoles: rolesOf(dice, customs, accountId),
    runs: [],
    isSmall,
  };
  const [home, other] =
    customs.partition === 'aws-cn' ? ['cn-north-1', 'cn-northwest-1'] : [dice.pick(homes), 'us-west-2'];
  const first = { ...account, ...inRegion(account, home, other) };
  return customs.usesSecondRegion
    ? [first, { ...account, runs: [], ...inRegion(account, other, home) }]
    : [first];
}

const homes = ['us-east-1', 'eu-central-1', 'ap-northeast-2'];

function inRegion(account: Account, region: string, farRegion: string): InRegion {
  const { dice, customs, accountId, otherAccountId } = account;
  const names = ['ml-data', 'ml-output', 'ml-volumes', 'platform', 'aws/s3'];
  const keys = names
    .slice(0, dice.between(2, 5))
    .map((name) => aKey(dice, customs.partition, accountId, region, name));
  const aBucket = (name: string, key = dice.pick(keys)): Bucket => ({
    name: `${name}-${key.region}-${key.accountId}`,
    region: key.region,
    key,
    hasBucketKey: dice.chance(customs.bucketKeyShare),
  });
  return {
    region,
    keys,
    dataBuckets: [
      aBucket('datasets'),
      aBucket('landing'),
      ...(customs.hasFarBucket
        ? [aBucket('far', aKey(dice, customs.partition, accountId, farRegion, 'far'))]
        : []),
      ...(customs.hasForeignKey
        ? [aBucket('lake', aKey(dice, customs.partition, otherAccountId, region, 'lake'))]
        : []),
    ],
    outputBuckets: [aBucket('sagemaker'), aBucket('models')],
  };
}

function rolesOf(dice: Dice, customs: Customs, accountId: string): Role[] {
  const names =
    customs.roles === 'one'
      ? ['AmazonSageMaker-ExecutionRole-20240312T101010']
      : ['vision-training', 'ranking-training', 'forecast-training'];
  const path = dice.pick(['/', '/service-role/', '/ml/teams/']);
  return names.map((name) => aRole(dice, customs.partition, accountId, path, name));
}

/** One run of a job, or the life of an endpoint and the like: what truly happens, whatever records tell of it. */
export interface Run {
  /** The resource type in the ARN. */
  readonly type: string;
  readonly name: string;
  readonly arn: string;
  readonly role: Role;
  readonly createdMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Of the code in the container. */
  readonly session: RoleSession;
  /** Of SageMaker's own agent beside it, which loads and uploads data. */
  readonly agent: RoleSession;
  readonly telling: Telling;
  readonly parentArn?: string;
}

/** What the account's records tell of one run. */
export interface Telling {
  readonly create: boolean;
  readonly start: boolean;
  readonly end: boolean;
  readonly maxRuntime: boolean;
  /** Whether a transform job's or endpoint's model and endpoint configuration are told of. */
  readonly models: boolean;
}
