import { decryptCall, objectContext } from './background-uses.ts';
import { sessionAt } from './job-session.ts';
import { direct, emitKms, type KmsCall, type KmsCaller, service, through } from './kms-call.ts';
import type { JobPhase, SimulatedJob } from './simulated-job.ts';
import type { SimulatedKey } from './simulated-key.ts';
import type { Slice } from './slice.ts';
import type { Evidence } from './truth.ts';

function own(job: SimulatedJob, evidence: Evidence): Pick<KmsCall, 'job' | 'evidence' | 'region'> {
  return { job, evidence: job.inScope ? 'job-arn' : evidence, region: job.team.place.region };
}

function managed(job: SimulatedJob, name: string): SimulatedKey | undefined {
  return job.team.place.managed.get(name);
}

/** Reads an object of the input, which other jobs may read too. */
function readInput(slice: Slice, job: SimulatedJob, timeMs: number): void {
  if (job.type === 'fine-tuning-job') {
    // The service reads under its grant. In an iterative job the context names the author of the data.
    const author = job.source?.type === 'fine-tuning-job' ? job.source : undefined;
    const named = author ?? job;
    emitKms(slice, {
      timeMs,
      ...own(job, author === undefined ? 'job-arn' : 'none'),
      key: job.outputKey ?? job.dataKey,
      caller: service('job.sagemaker.amazonaws.com', job.team.place.accountId),
      ...decryptCall(`{"aws:sagemaker:finetuning-job-arn":"${named.arn}"}`),
      authorJobArn: author?.arn,
    });
    return;
  }
  const key =
    job.source === undefined ? job.dataKey : (job.source.outputKey ?? managed(job, 's3') ?? job.dataKey);
  const [bucket] = job.inputPath.split('/');
  const path = job.bucketKeys
    ? `${bucket}`
    : `${job.inputPath}/part-${String(slice.random.int(2000)).padStart(5, '0')}.parquet`;
  emitKms(slice, {
    timeMs,
    ...own(job, job.bucketKeys ? 'role-key-time' : 'input-object'),
    key,
    caller: through(sessionAt(slice, job, timeMs), job.via),
    ...decryptCall(objectContext(path)),
    authorJobArn:
      job.source !== undefined && !job.bucketKeys && !job.source.removeJobName ? job.source.arn : undefined,
  });
}

/** Writes one of the job's own objects; `file` is relative to the output path. */
export function writeOutput(
  slice: Slice,
  job: SimulatedJob,
  timeMs: number,
  file: string,
  base = job.outputPath,
): void {
  const { random } = slice;
  if (job.type === 'fine-tuning-job') {
    const key = job.outputKey ?? job.dataKey;
    emitKms(slice, {
      timeMs,
      ...own(job, 'job-arn'),
      key,
      caller: service('job.sagemaker.amazonaws.com', job.team.place.accountId),
      operation: 'GenerateDataKey',
      request: `{"keyId":"${key.arn}","keySpec":"AES_256","encryptionContext":{"aws:sagemaker:finetuning-job-arn":"${job.arn}"}}`,
    });
    return;
  }
  // If the job declares no key, the bucket's default applies: often the AWS managed key.
  const key = job.outputKey ?? managed(job, 's3');
  if (key === undefined) return;
  const [bucket] = base.split('/');
  const context = objectContext(job.bucketKeys ? `${bucket}` : `${base}/${file}`);
  const evidence = job.bucketKeys || job.removeJobName ? 'role-key-time' : 'job-object';
  const caller = through(sessionAt(slice, job, timeMs), job.via);
  const keyRef = job.outputKey === undefined ? 'alias/aws/s3' : undefined;
  // Parts of a multipart upload are decrypted when they are combined.
  if (random.chance(0.15))
    emitKms(slice, { timeMs, ...own(job, evidence), key, caller, ...decryptCall(context) });
  else {
    emitKms(slice, {
      timeMs,
      ...own(job, evidence),
      key,
      caller,
      operation: 'GenerateDataKey',
      request: `{"keyId":"${keyRef ?? key.arn}","keySpec":"AES_256","encryptionContext":${context}}`,
      keyRef,
    });
  }
}

/** One of the many uses of a phase of a job. */
export function emitJobUse(slice: Slice, job: SimulatedJob, phase: JobPhase, timeMs: number): void {
  const { random } = slice;
  switch (phase.uses) {
    case 'input':
      readInput(slice, job, timeMs);
      return;
    case 'checkpoint':
      if (job.checkpointPath === undefined) readInput(slice, job, timeMs);
      else writeOutput(slice, job, timeMs, `epoch-${random.int(200)}.pt`, job.checkpointPath);
      return;
    case 'output':
      writeOutput(slice, job, timeMs, `output/part-${random.int(500)}`);
      return;
    case 'capture':
      writeOutput(slice, job, timeMs, `AllTraffic/${random.hex(8)}.jsonl`);
      return;
    case 'model':
      emitKms(slice, {
        timeMs,
        ...own(job, job.bucketKeys ? 'role-key-time' : 'input-object'),
        key: job.outputKey ?? managed(job, 's3') ?? job.dataKey,
        caller: through(sessionAt(slice, job, timeMs), job.via),
        ...decryptCall(objectContext(job.bucketKeys ? job.team.outputBucket : job.modelPath)),
      });
      return;
    case 'secret': {
      const { accountId, region } = job.team.place;
      emitKms(slice, {
        timeMs,
        ...own(job, 'role-key-time'),
        key: managed(job, 'secretsmanager'),
        caller: through(sessionAt(slice, job, timeMs), 'secretsmanager.amazonaws.com'),
        ...decryptCall(
          `{"SecretARN":"arn:aws:secretsmanager:${region}:${accountId}:secret:simulated/${job.team.name}-5eed01","SecretVersionId":"5EED0000-0000-4000-8000-000000000001"}`,
        ),
      });
      return;
    }
    case 'direct':
      emitKms(slice, {
        timeMs,
        ...own(job, 'role-key-time'),
        key: job.dataKey,
        caller: direct(sessionAt(slice, job, timeMs)),
        ...decryptCall(random.chance(0.5) ? `{"purpose":"${job.team.name}-features"}` : ''),
      });
      return;
    default:
      phase.uses satisfies never;
  }
}

/** The instance, as EC2's pseudo role, which is the grantee of a volume's grant. */
function infrastructure(job: SimulatedJob, instanceId: string): KmsCaller {
  const { accountId } = job.team.place;
  return {
    principalId: `arn:aws:iam::${accountId}:role/aws:ec2-infrastructure`,
    accountId,
    identity: `{"type":"AssumedRole","principalId":"${accountId}:aws:ec2-infrastructure:${instanceId}","arn":"arn:aws:sts::${accountId}:assumed-role/aws:ec2-infrastructure/${instanceId}","accountId":"${accountId}","accessKeyId":"","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"${accountId}:aws:ec2-infrastructure","arn":"arn:aws:iam::${accountId}:role/aws:ec2-infrastructure","accountId":"${accountId}","userName":"aws:ec2-infrastructure"},"attributes":{"creationDate":"2026-01-01T00:00:00Z","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}}`,
    ip: 'AWS Internal',
    agent: 'AWS Internal',
    vpcEndpointId: '',
    byItself: false,
  };
}

function createGrant(
  slice: Slice,
  job: SimulatedJob,
  timeMs: number,
  key: SimulatedKey,
  constraint: string,
  grantee: string,
  operations: string,
  evidence: Evidence,
): void {
  const bySelf = job.type === 'fine-tuning-job';
  emitKms(slice, {
    timeMs,
    ...own(job, evidence),
    key,
    // Whoever creates a job of the newer kinds creates its grant; for other jobs the execution role does.
    caller: bySelf
      ? through(slice.session(job.launcher), 'sagemaker.amazonaws.com')
      : through(
          sessionAt(slice, job, timeMs),
          job.via === 's3.amazonaws.com' ? 'sagemaker.amazonaws.com' : job.via,
        ),
    operation: 'CreateGrant',
    request: `{"keyId":"${key.arn}","granteePrincipal":"${grantee}","retiringPrincipal":"sagemaker.${job.team.place.region}.amazonaws.com","operations":[${operations}],"constraints":{"encryptionContextSubset":{${constraint}}}}`,
    response: `{"grantId":"${job.grantId}","keyId":"${key.arn}"}`,
    readOnly: false,
  });
}

/** The volume's data key, its grant, and its use by the instance. Their event times are not in causal order. */
export function attachVolume(slice: Slice, job: SimulatedJob): void {
  const { random } = slice;
  const { accountId, region } = job.team.place;
  if (job.type === 'fine-tuning-job') {
    const key = job.outputKey ?? job.dataKey;
    createGrant(
      slice,
      job,
      job.startedMs,
      key,
      `"aws:sagemaker:finetuning-job-arn":"${job.arn}"`,
      'job.sagemaker.amazonaws.com',
      '"GenerateDataKey","Decrypt","DescribeKey","RetireGrant"',
      'job-arn',
    );
    return;
  }
  const key = job.volumeKey;
  if (key === undefined) return;
  const constraint = `"aws:ebs:id":"${job.volumeId}"`;
  const instanceId = `i-0${random.hex(16)}`;
  emitKms(slice, {
    timeMs: job.startedMs + random.int(3) * 1000,
    ...own(job, 'grant'),
    key,
    caller: through(sessionAt(slice, job, job.startedMs), 'AWS Internal'),
    operation: 'GenerateDataKeyWithoutPlaintext',
    request: `{"encryptionContext":{${constraint}},"keyId":"${key.arn}","numberOfBytes":64}`,
  });
  const grantee =
    [
      'sagemaker.amazonaws.com',
      `sagemaker.${region}.amazonaws.com`,
      `${accountId}:aws:ec2-infrastructure:${instanceId}`,
    ][random.int(3)] ?? '';
  createGrant(
    slice,
    job,
    job.startedMs + random.int(3) * 1000,
    key,
    constraint,
    grantee,
    '"Decrypt"',
    'grant',
  );
  emitKms(slice, {
    timeMs: job.startedMs + (1 + random.int(4)) * 1000,
    ...own(job, 'grant'),
    key,
    caller: grantee.includes('ec2-infrastructure')
      ? infrastructure(job, instanceId)
      : service('sagemaker.amazonaws.com', accountId),
    ...decryptCall(`{${constraint}}`),
  });
}

/** The retirement of the grant, whose record names only the grant's id. */
export function retireGrant(slice: Slice, job: SimulatedJob, timeMs: number): void {
  const { random } = slice;
  const fine = job.type === 'fine-tuning-job';
  const key = fine ? (job.outputKey ?? job.dataKey) : job.volumeKey;
  if (key === undefined) return;
  emitKms(slice, {
    timeMs,
    ...own(job, 'grant'),
    key,
    caller: random.chance(0.5)
      ? service('sagemaker.amazonaws.com', job.team.place.accountId)
      : through(sessionAt(slice, job, timeMs), 'AWS Internal'),
    operation: 'RetireGrant',
    request: 'null',
    additional: `"grantId":"${job.grantId}"`,
    readOnly: false,
  });
}
