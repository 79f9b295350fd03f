import { Random } from '../simulator/random.ts';
import { Attributor, type JobEvidence } from '../src/attribution/attributor.ts';
import type { EventId } from '../src/cloudtrail/identity.ts';
import { factParts } from '../src/history/facts/fact.ts';
import { RowSet } from '../src/history/facts/row-set.ts';
import { DayObservations } from '../src/history/pages/dependencies.ts';
import { judgeRows, type ObservationsByHour, observeRows } from '../src/history/seal/judge-rows.ts';
import type { KeyArn, KeyUse } from '../src/kms/key-use.ts';
import type { Job } from '../src/sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../src/sagemaker/job-fact.ts';
import { printResult, printTable, say } from './print.ts';
import { sum } from './statistics.ts';

/**
 * How long it takes to judge a month: 10,000 jobs of 200 roles and a million uses, 55 in 100 of them by jobs, the
 * rest by roles that no job has and by services. Once as whole uses, and once as rows of the history, whose encryption
 * contexts are texts until they are looked at, and whose judgements become texts. `node bench/attribution-speed.ts`
 */
const jobCount = 10_000;
const useCount = 1_000_000;
const roleCount = 200;
const days = 30;
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const startMs = Date.parse('2026-03-01T00:00:00Z');
const accountId = '111122223333';
const region = 'us-east-1';

const random = new Random(1, 'attribution-speed');
const keys = Array.from(
  { length: 50 },
  () => `arn:aws:kms:${region}:${accountId}:key/${random.uuid()}` as KeyArn,
);
const jobs = Array.from({ length: jobCount }, (_, number) => job(number)).sort(
  (a, b) => a.createdMs - b.createdMs,
);

interface SpeedJob {
  readonly job: Job;
  readonly createdMs: number;
  readonly endedMs: number;
  readonly role: string;
  readonly hash: string;
  readonly volumeId: string;
}

function job(number: number): SpeedJob {
  const name = `train-${number}-${random.hex(6)}`;
  const arn = `arn:aws:sagemaker:${region}:${accountId}:training-job/${name}`;
  const team = random.int(roleCount);
  const createdMs = startMs + Math.floor(random.float() * (days - 1) * dayMs);
  const endedMs = createdMs + Math.floor((0.2 + 3 * random.float()) * hourMs);
  const role = `arn:aws:iam::${accountId}:role/service-role/team-${team}`;
  return {
    createdMs,
    endedMs,
    role,
    hash: `hash-${number}`,
    volumeId: `vol-${number}`,
    job: {
      id: `${arn}|${createdMs}`,
      arn,
      type: 'training-job',
      name,
      accountId,
      region,
      created: { timeMs: createdMs, from: 'told' },
      started: { timeMs: createdMs + 120_000, from: 'told' },
      ended: { timeMs: endedMs, from: 'told' },
      roleArns: [role],
      inputs: [{ bucket: `data-${team}`, prefix: 'datasets/v1' }],
      outputs: [{ bucket: `models-${team}`, prefix: 'train', belowJobName: true }],
      checkpoints: [{ bucket: `models-${team}`, prefix: `checkpoints/${name}` }],
      volumeKeys: [keys[team % keys.length] ?? ''],
      outputKeys: [keys[(team + 1) % keys.length] ?? ''],
      dataKeys: [],
      instanceTypes: ['ml.m5.xlarge'],
      parents: [],
      children: [],
    },
  };
}

function useOf({ job, createdMs, endedMs, role, hash }: SpeedJob): KeyUse {
  const draw = random.float();
  const timeMs = createdMs + 120_000 + Math.floor(random.float() * (endedMs - createdMs - 120_000));
  const path =
    draw < 0.5
      ? `${job.inputs[0]?.bucket}/datasets/v1/part-${random.int(5000)}.parquet`
      : draw < 0.8
        ? `${job.outputs[0]?.bucket}/train/${job.name}/output/part-${random.int(500)}`
        : undefined;
  return {
    ...event(),
    eventTimeMs: timeMs,
    operation: draw < 0.5 || draw >= 0.8 ? 'Decrypt' : 'GenerateDataKey',
    principal: { type: 'role', id: role, accountId, session: 'SageMaker' },
    ...(path === undefined ? {} : { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${path}` } }),
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    join: { sessionStartMs: createdMs + 90_000, accessKeyHash: hash },
  };
}

/** Nothing hangs on it here. */
const eventId = random.uuid() as EventId;

/** What is alike in all uses. */
function event(): Pick<
  KeyUse,
  'eventId' | 'accountId' | 'region' | 'keyArn' | 'keyFrom' | 'category' | 'outcome'
> {
  return {
    eventId,
    accountId,
    region,
    keyArn: keys[random.int(keys.length)] as KeyArn,
    keyFrom: 'record',
    category: 'cryptographic',
    outcome: 'success',
  };
}

/** As read from records, where the uses of one role have its text in common. */
const otherRoles = Array.from({ length: 400 }, (_, app) => `arn:aws:iam::${accountId}:role/app-${app}`);

function otherUse(fromMs: number): KeyUse {
  const isService = random.chance(0.2);
  return {
    ...event(),
    eventTimeMs: fromMs + Math.floor(random.float() * dayMs),
    operation: 'Decrypt',
    principal: isService
      ? { type: 'service', id: 'dynamodb.amazonaws.com' }
      : {
          type: 'role',
          id: otherRoles[random.int(otherRoles.length)] ?? '',
          accountId,
          session: 'i-05eed0123456789ab',
        },
    encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::app/object-${random.int(100_000)}` },
    sourceIp: '198.51.100.1',
    userAgent: 'aws-sdk-java/2.31.10',
    join: { sessionStartMs: startMs, accessKeyHash: `other-${random.int(400)}` },
  };
}

function evidenceOf(made: readonly SpeedJob[]): JobEvidence {
  const at = { accountId, region };
  return {
    jobs: made.map((each) => each.job),
    grants: made.map(({ job, createdMs, role, hash, volumeId }, number): GrantFact => {
      const [keyArn] = job.volumeKeys;
      return {
        kind: 'grant',
        ...at,
        timeMs: createdMs + 110_000,
        grantId: `grant-${number}`,
        ...(keyArn === undefined ? {} : { keyArn }),
        creator: role,
        contextValues: [volumeId],
        accessKeyHash: hash,
        sessionStartMs: createdMs + 90_000,
      };
    }),
    sessions: made.map(
      ({ job, createdMs, role, hash }): SessionFact => ({
        kind: 'session',
        ...at,
        timeMs: createdMs + 130_000,
        accessKeyHash: hash,
        is: 'job',
        roleArn: role,
        jobType: job.type,
        jobName: job.name,
      }),
    ),
  };
}

const nobody: readonly string[] = [];

/** Both passes over a day's uses, as the history makes them. */
function judgeDay(
  attributor: Attributor,
  uses: readonly KeyUse[],
): { readonly named: number; readonly subjects: number } {
  const sets = new Map<string, Set<string>>();
  for (const use of uses) {
    for (const [subject, jobId] of attributor.observe(use)) {
      const ids = sets.get(subject);
      if (ids === undefined) {
        sets.set(subject, new Set([jobId]));
      } else {
        ids.add(jobId);
      }
    }
  }
  const observed = new Map([...sets].map(([subject, ids]) => [subject, [...ids]]));
  let named = 0;
  let subjects = 0;
  const day = {
    observed: (subject: string) => observed.get(subject) ?? nobody,
    ask: () => {
      subjects++;
    },
  };
  for (const use of uses) {
    named += attributor.judge(use, day).jobs.length === 1 ? 1 : 0;
  }
  return { named, subjects };
}

/** The same of rows, as a seal makes them. */
function judgeRowsOf(attributor: Attributor, rows: RowSet, dayStartMs: number): void {
  const byHour: ObservationsByHour = new Map();
  observeRows(rows, attributor, dayStartMs, byHour);
  const observed = new DayObservations();
  for (const ofHour of byHour.values()) {
    observed.add(ofHour.values());
  }
  const job = (arn: string): Job | undefined => jobsByArn.get(arn);
  judgeRows(
    rows,
    Array(rows.length).keys(),
    { ...evidence, name: '', isSettled: true, attributor, job, aliases: new Map() },
    observed,
  );
}

function rowsOf(uses: readonly KeyUse[]): RowSet {
  const rows = new RowSet();
  for (const use of uses) {
    rows.add(use.eventId, use.eventTimeMs, factParts(use));
  }
  return rows;
}

/** Processor time, collecting garbage included, so that other work on the machine does not count. */
function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A day's uses, made anew each time: the history reads them from its segments and does not keep them either. */
function usesOfDay(day: number): readonly KeyUse[] {
  const fromMs = startMs + day * dayMs;
  const ofDay = jobs.filter(({ createdMs }) => createdMs >= fromMs && createdMs < fromMs + dayMs);
  return Array.from({ length: useCount / days }, () => {
    const by = random.chance(0.55) ? ofDay[random.int(ofDay.length)] : undefined;
    return by === undefined ? otherUse(fromMs) : useOf(by);
  });
}

const evidence = evidenceOf(jobs);
const jobsByArn = new Map(evidence.jobs.map((each) => [each.arn, each]));
const builtMs: number[] = [];

interface Took {
  readonly busyMs: number;
  readonly clockMs: number;
}

function timed(work: () => void): Took {
  const [busy, clock] = [busyMs(), performance.now()];
  work();
  return { busyMs: busyMs() - busy, clockMs: performance.now() - clock };
}

/** The least time that one of three rounds over the month takes. */
function monthMs(
  what: string,
  begin: () => void,
  judge: (uses: readonly KeyUse[], day: number) => Took,
): Took {
  const took: Took[] = [];
  for (let round = 1; round <= 3; round++) {
    say(`Judging a month of ${useCount.toLocaleString('en')} ${what}, round ${round} of 3…`);
    begin();
    const ofDays = Array.from({ length: days }, (_, day) => judge(usesOfDay(day), day));
    took.push({
      busyMs: sum(ofDays.map((each) => each.busyMs)),
      clockMs: sum(ofDays.map((each) => each.clockMs)),
    });
  }
  return {
    busyMs: Math.min(...took.map((each) => each.busyMs)),
    clockMs: Math.min(...took.map((each) => each.clockMs)),
  };
}

let attributor = new Attributor(evidence);
let named = 0;
let subjects = 0;
const usesMs = monthMs(
  'uses',
  () => {
    const beginMs = busyMs();
    attributor = new Attributor(evidence);
    builtMs.push(busyMs() - beginMs);
    named = 0;
    subjects = 0;
  },
  (uses) =>
    timed(() => {
      const judged = judgeDay(attributor, uses);
      named += judged.named;
      subjects += judged.subjects;
    }),
);
const rowsMs = monthMs(
  'rows',
  () => {
    attributor = new Attributor(evidence);
  },
  (uses, day) => {
    const rows = rowsOf(uses);
    return timed(() => judgeRowsOf(attributor, rows, startMs + day * dayMs));
  },
);
const buildMs = Math.min(...builtMs);
const microsecondsAUse = (usesMs.busyMs * 1000) / useCount;
const clockMicrosecondsAUse = (usesMs.clockMs * 1000) / useCount;
const microsecondsARow = (rowsMs.busyMs * 1000) / useCount;
printTable(
  ['what', 'measured'],
  [
    ['building the attributor of 10,000 jobs, ms', Math.round(buildMs)],
    ['both passes over a use, µs of a processor', microsecondsAUse.toFixed(2)],
    ['both passes over a use, µs by the clock', clockMicrosecondsAUse.toFixed(2)],
    ['both passes over a row of the history, judgements as texts, µs', microsecondsARow.toFixed(2)],
    ['uses given one job', named],
    ['subjects asked for', subjects],
  ],
);
printResult('attribution-speed', {
  jobs: jobCount,
  uses: useCount,
  buildMs,
  microsecondsAUse,
  clockMicrosecondsAUse,
  microsecondsARow,
  named,
  subjects,
});
