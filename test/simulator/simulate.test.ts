import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SimulatedFile } from '../../simulator/delivery.ts';
import { simulate } from '../../simulator/simulate.ts';
import {
  DEFAULT_OPTIONS,
  type SimulationOptions,
  sampleAccount,
} from '../../simulator/simulation-options.ts';
import type { IncidentTruth, JobTruth, KmsTruth, TruthLine } from '../../simulator/truth.ts';
import { writeSimulation } from '../../simulator/write-simulation.ts';

interface CloudTrailRecord {
  readonly eventID: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly eventType: string;
  readonly eventVersion: string;
  readonly recipientAccountId: string;
  readonly awsRegion: string;
  readonly sharedEventID?: string;
  readonly errorCode?: string;
  readonly addendum?: { readonly reason: string; readonly originalEventID?: string };
  readonly userIdentity: {
    readonly type?: string;
    readonly arn?: string;
    readonly accountId?: string;
    readonly invokedBy?: string;
    readonly accessKeyId?: string;
    readonly inScopeOf?: object;
    readonly sessionContext?: {
      readonly sessionIssuer?: { readonly arn?: string };
      readonly sourceIdentity?: string;
    };
  };
  readonly requestParameters: null | {
    readonly keyId?: string;
    readonly encryptionContext?: Readonly<Record<string, string>>;
    readonly [member: string]: unknown;
  };
  readonly responseElements: null | Readonly<Record<string, unknown>>;
  readonly additionalEventData?: Readonly<Record<string, unknown>>;
  readonly resources?: null | readonly { readonly ARN?: string }[];
  readonly tlsDetails?: object;
}

interface Simulated {
  readonly files: readonly SimulatedFile[];
  readonly kms: readonly KmsTruth[];
  readonly jobs: readonly JobTruth[];
  readonly incidents: readonly IncidentTruth[];
}

function run(options: SimulationOptions, part?: readonly [number, number]): Simulated {
  const lines: TruthLine[] = [];
  const files = [...simulate(options, { onTruth: (line) => lines.push(line), ...(part ? { part } : {}) })];
  return {
    files,
    kms: lines.filter((line) => line.truth === 'kms'),
    jobs: lines.filter((line) => line.truth === 'job'),
    incidents: lines.filter((line) => line.truth === 'incident'),
  };
}

function textOf(file: SimulatedFile): string {
  return (file.path.endsWith('.gz') ? gunzipSync(file.bytes) : file.bytes).toString('utf8');
}

function recordsOf(file: SimulatedFile): readonly CloudTrailRecord[] {
  const parsed: { readonly Records: readonly CloudTrailRecord[] } = JSON.parse(textOf(file));
  return parsed.Records;
}

function hash(files: readonly SimulatedFile[]): string {
  const sum = createHash('sha256');
  for (const file of files) sum.update(file.path).update(textOf(file));
  return sum.digest('hex');
}

const small: SimulationOptions = {
  ...DEFAULT_OPTIONS,
  days: 2,
  uses: 6000,
  keys: 30,
  principals: 60,
  jobsPerDay: 25,
};
const sample = run(sampleAccount);
const sampleLogs = sample.files.filter((file) => file.kind === 'cloudtrail');
const sampleRecords = sampleLogs.flatMap(recordsOf);
const sampleKms = sampleRecords.filter((record) => record.eventSource === 'kms.amazonaws.com');

describe('a simulation', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    const options = { ...small, uses: 1500 };
    const bytes = hash(run(options).files);
    expect(hash(run(options).files)).toBe(bytes);
    expect(hash(run({ ...options, seed: 2 }).files)).not.toBe(bytes);
  });

  it('gives the same files and truth when it is made in parts', () => {
    const options = { ...small, uses: 1500 };
    const whole = run(options);
    const parts = [0, 1, 2].map((index) => run(options, [index, 3]));
    expect(hash(parts.flatMap((part) => part.files))).toBe(hash(whole.files));
    expect(parts.flatMap((part) => part.kms)).toEqual(whole.kms);
    expect(parts.flatMap((part) => part.incidents)).toEqual(whole.incidents);
  });

  it.each([
    ['the sample account', sampleAccount],
    ['three accounts', small],
    ['plain files, uniform keys', { ...small, compressionLevel: 0, keySkew: 'uniform', days: 1 } as const],
  ])('delivers every event as often as the truth says: %s', (_, options) => {
    const { files, kms } = options === sampleAccount ? sample : run(options);
    const delivered = new Map<string, number>();
    let records = 0;
    let kmsRecords = 0;
    for (const file of files) {
      if (file.kind !== 'cloudtrail') continue;
      const parsed = recordsOf(file);
      expect(parsed).toHaveLength(file.records);
      expect(Buffer.byteLength(textOf(file))).toBe(file.uncompressedBytes);
      const ofKms = parsed.filter((record) => record.eventSource === 'kms.amazonaws.com');
      expect(ofKms).toHaveLength(file.kmsRecords);
      records += parsed.length;
      kmsRecords += ofKms.length;
      for (const { eventID } of ofKms) delivered.set(eventID, (delivered.get(eventID) ?? 0) + 1);
    }
    for (const line of kms) expect(delivered.get(line.eventId) ?? 0, line.eventId).toBe(line.delivered);
    expect(new Set(kms.map((line) => line.eventId)).size).toBe(kms.length);
    expect(kms.filter((line) => line.delivered > 0)).toHaveLength(delivered.size);
    expect(kms.length / options.uses).toBeGreaterThan(0.97);
    expect(kms.length / options.uses).toBeLessThan(1.2);
    expect(1 - kmsRecords / records).toBeCloseTo(options.otherShare, 1);
  });

  it('tells of each KMS record what the record says', () => {
    const truths = new Map(sample.kms.map((line) => [line.eventId, line]));
    for (const record of sampleKms) {
      const truth = truths.get(record.eventID);
      expect(truth, record.eventID).toBeDefined();
      if (truth === undefined) continue;
      expect(truth.operation).toBe(record.eventName);
      expect(truth.eventTime).toBe(record.eventTime);
      expect(truth.accountId).toBe(record.recipientAccountId);
      expect(truth.region).toBe(record.awsRegion);
      expect(truth.sharedEventId).toBe(record.sharedEventID);
      expect(truth.supersedes).toBe(
        record.addendum?.reason === 'UPDATED_DATA' ? record.addendum.originalEventID : undefined,
      );
      expect(truth.outcome === 'success').toBe(record.errorCode === undefined);
      if (truth.keyNamed && truth.keyArn !== undefined)
        expect(JSON.stringify(record)).toContain(truth.keyArn);
      const issuer = record.userIdentity.sessionContext?.sessionIssuer?.arn;
      if (issuer !== undefined && record.userIdentity.type === 'AssumedRole')
        expect(truth.principalId).toBe(issuer);
    }
  });

  it('names only jobs that it tells of', () => {
    const known = new Map(sample.jobs.map((job) => [`${job.jobArn} ${job.createdTime}`, job.known]));
    const acted = sample.kms.filter((line) => line.jobArn !== null);
    expect(acted.length).toBeGreaterThan(1000);
    for (const line of acted) expect(known.get(`${line.jobArn} ${line.jobCreatedTime}`)).toBe(line.jobKnown);
  });

  it('says a job is known exactly where a record or a state change tells of it', () => {
    const { files, jobs } = run({ ...small, missingCreateShare: 0.3, missingStateChangeShare: 0.5 });
    const told = new Set<string>();
    for (const file of files) {
      if (file.kind === 'eventbridge') {
        for (const line of textOf(file).trim().split('\n')) {
          const envelope: { resources: string[]; detail: Record<string, unknown> } = JSON.parse(line);
          // A child names its tuning job, which tells nothing of that job itself.
          const { TuningJobArn: _, ...detail } = envelope.detail;
          for (const arn of [...envelope.resources, ...Object.values(detail)]) told.add(String(arn));
        }
      } else {
        for (const record of recordsOf(file)) {
          if (record.eventSource !== 'sagemaker.amazonaws.com') continue;
          for (const value of Object.values(record.responseElements ?? {})) told.add(String(value));
        }
      }
    }
    const reused = new Set(jobs.filter((job) => job.reusesName).map((job) => job.jobArn));
    const unknown = jobs.filter((job) => !job.known);
    expect(unknown.length).toBeGreaterThan(3);
    for (const job of jobs)
      if (!reused.has(job.jobArn)) expect(told.has(job.jobArn), job.jobArn).toBe(job.known);
  });

  it('names files by their delivery, minutes after their events', () => {
    const { files } = run({ ...small, lateShare: 0, addendumShare: 0, duplicateShare: 0 });
    const minutes: number[] = [];
    for (const file of files) {
      const stamp = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_\w{16}\.json\.gz$/.exec(file.path);
      if (stamp === null) continue;
      const [, year, month, day, hour, minute] = stamp;
      const fileMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
      expect(file.path).toContain(`/CloudTrail/`);
      expect(file.path).toContain(`/${year}/${month}/${day}/`);
      for (const record of recordsOf(file)) minutes.push((fileMs - Date.parse(record.eventTime)) / 60_000);
    }
    minutes.sort((a, b) => a - b);
    const at = (share: number): number => minutes[Math.floor(minutes.length * share)] ?? 0;
    expect(at(0)).toBeGreaterThanOrEqual(0);
    expect(at(0.5)).toBeGreaterThan(2.5);
    expect(at(0.5)).toBeLessThan(4);
    expect(at(0.99)).toBeGreaterThan(8);
    expect(at(0.99)).toBeLessThan(10);
    expect(at(1 - 1e-9)).toBeLessThan(11);
  });

  it('keeps few bytes in memory whatever its length', () => {
    let most = 0;
    let bytes = 0;
    global.gc?.();
    const before = process.memoryUsage().external + process.memoryUsage().arrayBuffers;
    for (const file of simulate({ ...small, uses: 40_000, compressionLevel: 1 })) {
      bytes += file.uncompressedBytes;
      const { external, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, external + arrayBuffers - before);
    }
    expect(bytes).toBeGreaterThan(250e6);
    expect(most).toBeLessThan(300e6);
  });

  it('writes files, and the truth apart from them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulation-'));
    try {
      const truthFile = join(folder, 'truth.ndjson');
      const summary = writeSimulation(join(folder, 'logs'), { ...small, days: 1, uses: 500 }, { truthFile });
      const written = readdirSync(join(folder, 'logs'), { recursive: true, withFileTypes: true });
      expect(written.filter((entry) => entry.isFile())).toHaveLength(summary.files + summary.eventFiles);
      const lines = readFileSync(truthFile, 'utf8').trim().split('\n');
      const kms = lines.map((line): TruthLine => JSON.parse(line)).filter((line) => line.truth === 'kms');
      expect(kms.filter((line) => line.delivered > 0)).toHaveLength(summary.kmsEvents);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the sample account', () => {
  it('is a small week', () => {
    const bytes = sample.files.reduce((sum, file) => sum + file.bytes.length, 0);
    expect(bytes).toBeLessThan(3e6);
    expect(sampleRecords.length).toBeGreaterThan(19_000);
    expect(sampleRecords.length).toBeLessThan(22_000);
    expect(sample.jobs.length).toBeGreaterThanOrEqual(15);
    expect(sample.jobs.length).toBeLessThanOrEqual(40);
  });

  const context = (record: CloudTrailRecord, key: string): string =>
    record.requestParameters?.encryptionContext?.[key] ?? '';
  const by = (record: CloudTrailRecord): string =>
    record.userIdentity.sessionContext?.sessionIssuer?.arn ?? '';

  const shapes: Readonly<Record<string, (record: CloudTrailRecord) => boolean>> = {
    'a Decrypt of S3 without keyId': (r) =>
      r.eventName === 'Decrypt' &&
      r.requestParameters?.keyId === undefined &&
      /^arn:aws:s3:::[^/]+\/./.test(context(r, 'aws:s3:arn')),
    'a bucket key': (r) => /^arn:aws:s3:::[^/]+$/.test(context(r, 'aws:s3:arn')),
    'an execution role with a path': (r) => by(r).includes(':role/service-role/SimulatedSageMaker'),
    'a call through AWS Internal': (r) => r.userIdentity.invokedBy === 'AWS Internal',
    'a service without ARN and account': (r) =>
      r.userIdentity.type === 'AWSService' &&
      r.userIdentity.arn === undefined &&
      r.userIdentity.accountId === undefined,
    'a user': (r) => r.userIdentity.type === 'IAMUser',
    'a person of single sign-on': (r) => by(r).includes('AWSReservedSSO'),
    'a root user': (r) => r.userIdentity.type === 'Root',
    "an owner's copy": (r) => r.userIdentity.type === 'AWSAccount' && r.sharedEventID !== undefined,
    'a key in another account': (r) => r.userIdentity.type === 'AssumedRole' && r.sharedEventID !== undefined,
    'a volume key': (r) => r.eventName === 'GenerateDataKeyWithoutPlaintext',
    'a grant': (r) => r.eventName === 'CreateGrant' && typeof r.responseElements?.['grantId'] === 'string',
    'a retired grant': (r) =>
      r.eventName === 'RetireGrant' &&
      r.requestParameters === null &&
      r.additionalEventData?.['grantId'] !== undefined,
    'a revoked grant': (r) => r.eventName === 'RevokeGrant',
    'a denied attempt': (r) => r.errorCode?.startsWith('AccessDenied') === true,
    'a denied attempt without request and resources': (r) =>
      r.errorCode?.startsWith('AccessDenied') === true &&
      r.requestParameters === null &&
      !r.resources?.length,
    'a failed attempt': (r) => r.errorCode === 'NotFoundException' || r.errorCode === 'DisabledException',
    'an alias': (r) => r.requestParameters?.keyId?.startsWith('alias/') === true,
    'an alias of AWS': (r) => r.requestParameters?.keyId === 'alias/aws/secretsmanager',
    'an alias and nothing else': (r) =>
      r.requestParameters?.keyId?.startsWith('alias/') === true &&
      !r.resources?.length &&
      r.errorCode === undefined,
    'a bare id': (r) => /^[0-9a-f]{8}-/.test(r.requestParameters?.keyId ?? ''),
    'a multi-Region key': (r) => r.resources?.[0]?.ARN?.includes('key/mrk-') === true,
    ReEncrypt: (r) => r.eventName === 'ReEncrypt' && r.resources?.length === 2,
    GenerateRandom: (r) => r.eventName === 'GenerateRandom',
    'a Sign': (r) => r.eventName === 'Sign',
    'a key made': (r) => r.eventName === 'CreateKey',
    'an alias moved': (r) => r.eventName === 'UpdateAlias' && r.resources?.length === 2,
    'a service event': (r) =>
      r.eventName === 'RotateKey' && r.eventType === 'AwsServiceEvent' && r.userIdentity.type === undefined,
    'a correction': (r) => r.addendum?.reason === 'UPDATED_DATA',
    'key material': (r) =>
      r.eventVersion === '1.11' && r.additionalEventData?.['keyMaterialId'] !== undefined,
    TLS: (r) => r.tlsDetails !== undefined,
    'a job named in the context': (r) =>
      context(r, 'aws:sagemaker:finetuning-job-arn').includes(':job/AgentRFT/'),
    'a probe': (r) => r.errorCode === 'DryRunOperationException',
    'a source identity': (r) => r.userIdentity.sessionContext?.sourceIdentity !== undefined,
    "EC2's pseudo role": (r) =>
      r.userIdentity.arn?.includes('assumed-role/aws:ec2-infrastructure/i-') === true,
  };
  it.each(Object.entries(shapes))('has %s', (_, is) => {
    expect(sampleKms.some(is)).toBe(true);
  });

  it.each([
    'CreateTrainingJob',
    'CreateProcessingJob',
    'CreateTransformJob',
    'CreateModel',
    'CreateHyperParameterTuningJob',
    'CreateEndpoint',
    'CreateEndpointConfig',
    'CreateNotebookInstance',
    'CreateFeatureGroup',
    'CreateAutoMLJobV2',
    'CreateJob',
    'DeleteTrainingJob',
    'StopTrainingJob',
  ])('has a %s', (name) => {
    expect(
      sampleRecords.some((record) => record.eventName === name && record.responseElements !== undefined),
    ).toBe(true);
  });

  it('has training jobs that a tuning job made, and creates that failed', () => {
    const creates = sampleRecords.filter((record) => record.eventName === 'CreateTrainingJob');
    expect(creates.some((record) => record.eventType === 'AwsServiceEvent')).toBe(true);
    const failed = creates.filter((record) => record.errorCode === 'ResourceLimitExceeded');
    expect(failed.length).toBeGreaterThan(0);
    for (const record of failed) expect(JSON.stringify(record)).not.toContain(':training-job/');
  });

  it('has events delivered twice, never, and hours late', () => {
    expect(sample.kms.some((line) => line.delivered === 2)).toBe(true);
    expect(sample.kms.some((line) => line.delivered === 0)).toBe(true);
    expect(sampleRecords.some((record) => record.addendum?.reason === 'DELIVERY_DELAY')).toBe(true);
  });

  it('has values that must never be stored', () => {
    const creates = sampleRecords.filter((record) => record.eventName === 'CreateTrainingJob');
    expect(
      creates.every((record) => JSON.stringify(record.requestParameters).includes('SIMULATED-SECRET-')),
    ).toBe(true);
  });

  it('has state changes with times in several forms', () => {
    const text = sample.files
      .filter((file) => file.kind === 'eventbridge')
      .map(textOf)
      .join('');
    expect(text).toMatch(/"CreationTime":"\d{4}-/);
    expect(text).toMatch(/"CreationTime":\d{13}[,}]/);
    expect(text).toMatch(/"(Creation|LastModified)Time":"\d{13}"/);
  });

  it('has other services whose parameters look like records of KMS', () => {
    const others = sampleRecords.filter((record) => record.eventSource !== 'kms.amazonaws.com');
    const texts = others.map((record) => JSON.stringify(record.requestParameters));
    expect(texts.some((text) => text.includes('"eventSource":"kms.amazonaws.com"'))).toBe(true);
    expect(texts.some((text) => text.includes('\\"eventSource\\":[\\"kms.amazonaws.com\\"]'))).toBe(true);
  });

  it.each([
    'first-seen-principal',
    'use-without-job',
    'use-outside-job-window',
    'undeclared-key',
    'cross-account-use',
    'root-use',
    'denied-burst',
    'volume-spike',
    'unexpected-grantee',
    'key-policy-changed',
    'retired-key-encrypts',
    'key-disabled-or-deletion-scheduled',
    'key-material-changed',
    'job-not-encrypted-with-customer-key',
    'coverage-lost',
  ])('has an incident for %s', (rule) => {
    const found = sample.incidents.filter((incident) => incident.rule === rule);
    expect(found.length).toBeGreaterThan(0);
    const ids = new Set(sample.kms.filter((line) => line.delivered > 0).map((line) => line.eventId));
    for (const incident of found)
      for (const id of incident.eventIds ?? []) expect(ids.has(id), id).toBe(true);
  });
});
