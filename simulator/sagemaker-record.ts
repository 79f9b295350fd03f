import { type CreateCall, createCallOf, type Members } from './create-request.ts';
import { sessionAt } from './job-session.ts';
import type { SimulatedSession } from './principal.ts';
import type { JobType, SimulatedJob } from './simulated-job.ts';
import { drawVersion, type Slice } from './slice.ts';
import { timeText } from './time-text.ts';

function write(
  slice: Slice,
  job: SimulatedJob,
  timeMs: number,
  eventName: string,
  request: Members | null,
  response: Members | null,
  error?: { readonly code: string; readonly message: string },
): void {
  const { random, record } = slice;
  const session: SimulatedSession = slice.session(job.launcher);
  const { accountId, region } = job.team.place;
  record.version = drawVersion(random);
  record.identity =
    job.sourceIdentity === undefined
      ? `${session.open}}`
      : `${session.open.replace('"mfaAuthenticated":"false"}', `"mfaAuthenticated":"false"},"sourceIdentity":"${job.sourceIdentity}"`)}}`;
  record.source = 'sagemaker.amazonaws.com';
  record.name = eventName;
  record.region = region;
  record.account = accountId;
  record.ip = job.launcher.ip;
  record.agent = job.launcher.agent;
  record.request = JSON.stringify(request);
  record.response = JSON.stringify(response);
  if (error !== undefined) {
    record.errorCode = error.code;
    record.errorMessage = JSON.stringify(error.message);
  }
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  record.readOnly = false;
  record.tlsHost = `api.sagemaker.${region}.amazonaws.com`;
  slice.emit(timeMs, undefined);
}

/** The launcher's calls that create the job, its models and configurations first. */
export function emitCreate(slice: Slice, job: SimulatedJob): void {
  const made = createCallOf(job);
  made.before?.forEach((call, index) => {
    write(slice, job, job.createdMs - (10 - index) * 1000, call.eventName, call.request, call.response);
  });
  if (job.parent !== undefined) emitChild(slice, job, made);
  else write(slice, job, job.createdMs, made.eventName, made.request, made.response);
}

/**
 * A training job that a tuning job created, as a service event instead of an API call.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html
 */
function emitChild(slice: Slice, job: SimulatedJob, made: CreateCall): void {
  const { random, record } = slice;
  const { accountId, region } = job.team.place;
  record.version = drawVersion(random);
  record.identity = `{"accountId":"${accountId}","invokedBy":"sagemaker.amazonaws.com"}`;
  record.source = 'sagemaker.amazonaws.com';
  record.name = made.eventName;
  record.region = region;
  record.account = accountId;
  record.ip = 'sagemaker.amazonaws.com';
  record.agent = 'sagemaker.amazonaws.com';
  record.request = JSON.stringify({ ...made.request, tuningJobArn: job.parent?.arn });
  record.response = JSON.stringify(made.response);
  record.eventId = random.uuid();
  record.readOnly = false;
  record.eventType = 'AwsServiceEvent';
  slice.emit(job.createdMs, undefined);
}

/** A failed create of the same name, without an ARN in the response. */
export function emitFailedCreate(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const made = createCallOf(job);
  const { trainingJobArn: _, ...request } = made.request;
  write(slice, job, timeMs, made.eventName, request, null, {
    code: 'ResourceLimitExceeded',
    message: `The account-level service limit '${job.instanceType} for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of ${job.instanceCount} Instances.`,
  });
}

const NAMES: Partial<Record<JobType, readonly [string, string]>> = {
  'training-job': ['TrainingJob', 'trainingJobName'],
  'processing-job': ['ProcessingJob', 'processingJobName'],
  'transform-job': ['TransformJob', 'transformJobName'],
  'hyper-parameter-tuning-job': ['HyperParameterTuningJob', 'hyperParameterTuningJobName'],
  'automl-job': ['AutoMLJob', 'autoMLJobName'],
};

export function emitStop(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const names = NAMES[job.type];
  if (names !== undefined) write(slice, job, timeMs, `Stop${names[0]}`, { [names[1]]: job.name }, null);
}

/** Deletes the earlier run, so that its name can be reused; training and processing jobs only. */
export function emitDelete(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const names = NAMES[job.type];
  if (names !== undefined) write(slice, job, timeMs, `Delete${names[0]}`, { [names[1]]: job.name }, null);
}

const LOG_GROUPS: Partial<Record<JobType, string>> = {
  'training-job': 'TrainingJobs',
  'processing-job': 'ProcessingJobs',
  'transform-job': 'TransformJobs',
};

/** SageMaker assumes the execution role, for the session of a time. */
export function emitAssumedRole(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const { random, record } = slice;
  const { accountId, region } = job.team.place;
  const accessKeyId = /"accessKeyId":"([^"]*)"/.exec(sessionAt(slice, job, timeMs).open)?.[1] ?? '';
  record.version = drawVersion(random);
  record.identity = '{"type":"AWSService","invokedBy":"sagemaker.amazonaws.com"}';
  record.source = 'sts.amazonaws.com';
  record.name = 'AssumeRole';
  record.region = region;
  record.account = accountId;
  record.ip = 'sagemaker.amazonaws.com';
  record.agent = 'sagemaker.amazonaws.com';
  record.request = `{"roleArn":"${job.role.id}","roleSessionName":"${job.sessionPlan.sessionName}","durationSeconds":3600}`;
  record.response = `{"credentials":{"accessKeyId":"${accessKeyId}","sessionToken":"SIMULATED5EED${random.alphanumeric(40)}=","expiration":"${timeText(timeMs + 3_600_000)}"}}`;
  record.resources = `[{"accountId":"${accountId}","type":"AWS::IAM::Role","ARN":"${job.role.id}"}]`;
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  slice.emit(timeMs - 5000, undefined);
}

/** SageMaker assumes the execution role, and the job's instances open their log streams with it. */
export function emitSession(slice: Slice, job: SimulatedJob): void {
  if (slice.world.options.customs.sessionRecords === 'none') return;
  emitAssumedRole(slice, job, job.startedMs);
  const { random, record } = slice;
  const { accountId, region } = job.team.place;
  const group = LOG_GROUPS[job.type];
  if (group === undefined) return;
  record.version = drawVersion(random);
  record.identity = `${sessionAt(slice, job, job.startedMs).open}}`;
  record.source = 'logs.amazonaws.com';
  record.name = 'CreateLogStream';
  record.region = region;
  record.account = accountId;
  record.ip = job.role.ip;
  record.agent = job.role.agent;
  record.request = `{"logGroupName":"/aws/sagemaker/${group}","logStreamName":"${job.name}/algo-1-${Math.floor(job.startedMs / 1000)}"}`;
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  record.readOnly = false;
  record.tlsHost = `logs.${region}.amazonaws.com`;
  slice.emit(job.startedMs + 20_000, undefined);
}
