import type { JobFact, ResourceFact, SessionFact } from '../src/sagemaker/job-fact.ts';
import { bucketOfTeam, dataPrefixOf, OUTPUT_PREFIX, type RealisticJob } from './realistic-uses.ts';

const SECOND_MS = 1_000;
const JOB_TYPE = 'training-job';

/** From the creation of a job to its first use of a key: its instances and its session come in between. */
const PROVISIONING_MS = 150 * SECOND_MS;

/** From the last use of a key to the end that SageMaker tells. */
const UPLOAD_MS = 20 * SECOND_MS;

const LAUNCHER = 'role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_DataScientist_5eed00015eed5eed';

/** What the records and state changes of one job tell of it, by what it is told. */
export interface FactsOfJob {
  /** Its `CreateTrainingJob` record. */
  readonly creation: ResourceFact;
  /** The state change that tells its start. */
  readonly start: ResourceFact;
  /** The state change that tells its end. */
  readonly end: ResourceFact;
  /** That SageMaker took on its role, and that its log stream was opened in that session; none where it is hidden. */
  readonly sessions: readonly SessionFact[];
}

export function arnOfJob({ name, caller }: RealisticJob): string {
  return `arn:aws:sagemaker:${caller.region}:${caller.accountId}:${JOB_TYPE}/${name}`;
}

/** @param outputKey what its requests call the key of its output */
export function factsOfJob(job: RealisticJob, outputKey: string = job.outputKey.arn): FactsOfJob {
  const { accountId, region, principal } = job.caller;
  const createdMs = job.fromMs - PROVISIONING_MS;
  const startedMs = job.fromMs - SECOND_MS;
  const endedMs = Math.ceil(job.toMs / SECOND_MS) * SECOND_MS + UPLOAD_MS;
  const bucket = bucketOfTeam(job);
  const role = principal.id === undefined ? {} : { roleArn: principal.id };
  const told = {
    kind: 'resource',
    accountId,
    region,
    arn: arnOfJob(job),
    type: JOB_TYPE,
    name: job.name,
    ...role,
    inputs: [{ bucket, prefix: dataPrefixOf(job) }],
    outputs: [{ bucket, prefix: OUTPUT_PREFIX, belowJobName: true }],
    maxRuntimeSeconds: 86_400,
    volumeKeys: [job.dataKey.arn],
    outputKeys: [outputKey],
    instanceTypes: ['ml.g5.2xlarge'],
  } as const;
  const changed = { ...told, toldBy: 'state-change', createdMs, startedMs } as const;
  return {
    creation: {
      ...told,
      timeMs: createdMs,
      toldBy: 'create',
      launcher: { id: `arn:aws:iam::${accountId}:${LAUNCHER}`, type: 'role' },
    },
    start: { ...changed, timeMs: startedMs + 2 * SECOND_MS, status: 'InProgress' },
    end: { ...changed, timeMs: endedMs + 2 * SECOND_MS, status: 'Completed', endedMs },
    sessions: sessionsOf(job),
  };
}

function sessionsOf({ caller, name, fromMs, accessKeyHash }: RealisticJob): SessionFact[] {
  if (accessKeyHash === undefined) return [];
  const { accountId, region, principal } = caller;
  const role = principal.id === undefined ? {} : { roleArn: principal.id };
  const session = { kind: 'session', accountId, region, accessKeyHash, ...role } as const;
  return [
    { ...session, timeMs: fromMs, is: 'issued' },
    { ...session, timeMs: fromMs + 15 * SECOND_MS, is: 'job', jobType: JOB_TYPE, jobName: name },
  ];
}

/** In the order in which they are told. */
export function listed({ creation, start, end, sessions }: FactsOfJob): JobFact[] {
  return [creation, ...sessions, start, end];
}
