import { decryptCall, objectContext } from './background-uses.ts';
import { sessionNameOf } from './job-session.ts';
import { direct, emitKms, type KmsCaller, through } from './kms-call.ts';
import { makeSession, type SimulatedPrincipal } from './principal.ts';
import type { Random } from './random.ts';
import type { SimulatedJob } from './simulated-job.ts';
import type { Slice } from './slice.ts';
import { HOUR_MS, MINUTE_MS } from './time-text.ts';

/** Somebody who works with a role that jobs run under. */
interface Outsider {
  readonly sessionName: (random: Random) => string;
  /** The agent of its own calls; calls through S3 show none. */
  readonly agent: string;
  readonly weight: number;
}

const OUTSIDERS: readonly Outsider[] = [
  {
    sessionName: (random) => `${random.pick(['alice', 'bob', 'carol'])}@example.com`,
    agent: 'aws-cli/2.27.2 md/awscrt#0.25.4 ua/2.0 os/macos#24.4.0 lang/python#3.13.2',
    weight: 4,
  },
  {
    sessionName: (random) => random.pick(['alice', 'bob', 'notebook-check', 'debug']),
    agent: 'Boto3/1.40.2 md/Botocore#1.40.2 ua/2.1 os/linux#6.8.0 lang/python#3.12.3 Botocore/1.40.2',
    weight: 2,
  },
  {
    sessionName: (random) => `botocore-session-17${70_000_000 + random.int(10_000_000)}`,
    agent: 'Boto3/1.40.2 md/Botocore#1.40.2 ua/2.1 os/linux#6.8.0 lang/python#3.12.3 Botocore/1.40.2',
    weight: 2,
  },
  {
    sessionName: () => 'GlueJobRunnerSession',
    agent: 'aws-glue-5.0 Boto3/1.40.2 lang/python#3.11.9',
    weight: 1,
  },
  // Step Functions and Batch.
  {
    sessionName: (random) => random.hex(32),
    agent: 'aws-sdk-java/2.31.10 md/io#sync ua/2.1 os/Linux#6.1.132 lang/java#21.0.6',
    weight: 2,
  },
];

const drawn = OUTSIDERS.flatMap((outsider) => Array.from({ length: outsider.weight }, () => outsider));

/** A sitting of somebody beside a job that is alive, on the keys and in the places of its team. */
export function emitOutsiders(slice: Slice, jobs: readonly SimulatedJob[], count: number): void {
  const alive = jobs.filter(({ createdMs, endedMs }) => createdMs < slice.toMs && endedMs > slice.fromMs);
  if (alive.length === 0) return;
  const end = slice.kmsCount + count;
  while (slice.kmsCount < end) emitSitting(slice, slice.random.pick(alive));
}

function emitSitting(slice: Slice, job: SimulatedJob): void {
  const { random, world } = slice;
  const outsider = random.pick(drawn);
  const seed = `outsider-${random.hex(8)}`;
  const sessionName =
    world.options.customs.outsiderNames === 'like-jobs'
      ? sessionNameOf(world.options.customs, job, undefined, seed)
      : outsider.sessionName(random);
  const fromMs = slice.timeWithin(Math.max(job.createdMs, slice.fromMs), Math.min(job.endedMs, slice.toMs));
  // Most sittings began some time ago; a role's temporary credentials last up to 12 hours.
  const beganMs = fromMs - random.pick([MINUTE_MS, 20 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS]) * random.float();
  const role: SimulatedPrincipal = { ...job.role, agent: outsider.agent };
  const session = makeSession(random, role, beganMs, {
    sessionName,
    noAccessKey: random.chance(world.options.customs.withoutAccessKeyShare),
  });
  const byItself = random.chance(0.3);
  const caller = byItself ? direct(session) : through(session, job.via);
  for (let uses = 1 + random.int(5); uses > 0; uses--) {
    const timeMs = Math.min(fromMs + random.int(900) * 1000, slice.toMs - 1000);
    emitUse(slice, job, caller, byItself, timeMs);
  }
}

function emitUse(
  slice: Slice,
  job: SimulatedJob,
  caller: KmsCaller,
  byItself: boolean,
  timeMs: number,
): void {
  const { random } = slice;
  const { team } = job;
  const isInput = random.chance(0.6);
  const key = isInput ? job.dataKey : (job.outputKey ?? job.dataKey);
  const place = isInput ? job.inputPath : `${team.outputBucket}/${team.name}/reports`;
  const file = `part-${String(random.int(2000)).padStart(5, '0')}.parquet`;
  const path = team.bucketKeys ? (place.split('/')[0] ?? place) : `${place}/${file}`;
  const isWrite = !isInput && random.chance(0.4);
  const context = byItself ? `{"purpose":"${team.name}-features"}` : objectContext(path);
  emitKms(slice, {
    timeMs,
    region: key.region,
    key,
    caller,
    ...(isWrite
      ? {
          operation: 'GenerateDataKey',
          request: `{"keyId":"${key.arn}","keySpec":"AES_256","encryptionContext":${context}}`,
        }
      : decryptCall(context)),
  });
}
