import { Attributor, type JobEvidence } from '../../src/attribution/attributor.ts';
import type { JudgedUse, Judgement } from '../../src/attribution/judgement.ts';
import type { KeyArn } from '../../src/kms/key-use.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import type { GrantFact, SessionFact } from '../../src/sagemaker/job-fact.ts';

/** Builders of synthetic evidence: one account, one Region, one role, times as minutes after ten o'clock. */
export const accountId = '111122223333';
const region = 'us-east-1';
export const roleArn = `arn:aws:iam::${accountId}:role/service-role/Trainer`;
export const launcherArn = `arn:aws:iam::${accountId}:role/Launcher`;
export const keyArn = keyNumbered(1);
export const otherKeyArn = keyNumbered(2);

const tenMs = Date.parse('2026-03-01T10:00:00Z');

export function keyNumbered(number: number): KeyArn {
  return `arn:aws:kms:${region}:${accountId}:key/${String(number).padStart(8, '0')}-0000-4000-8000-000000000000` as KeyArn;
}

export function at(minutes: number): number {
  return tenMs + minutes * 60_000;
}

export function arnOf(name: string, type = 'training-job'): string {
  return `arn:aws:sagemaker:${region}:${accountId}:${type}/${name}`;
}

interface JobTimes {
  readonly created?: number;
  readonly started?: number;
  readonly ended?: number;
}

/** A training job, created at ten, started two minutes later, ended after an hour unless `times` says otherwise. */
export function aJob(
  name: string,
  { created = 0, started = created + 2, ended = created + 60 }: JobTimes = {},
  members: Partial<Job> = {},
): Job {
  const type = members.type ?? 'training-job';
  return {
    id: `${arnOf(name, type)}|${at(created)}`,
    arn: arnOf(name, type),
    type,
    name,
    accountId,
    region,
    created: { timeMs: at(created), from: 'told' },
    started: { timeMs: at(started), from: 'told' },
    ...(Number.isFinite(ended) ? { ended: { timeMs: at(ended), from: 'told' as const } } : {}),
    roleArns: [roleArn],
    inputs: [],
    outputs: [{ bucket: 'models', prefix: 'train', belowJobName: true }],
    checkpoints: [],
    volumeKeys: [],
    outputKeys: [],
    dataKeys: [],
    instanceTypes: ['ml.m5.xlarge'],
    parents: [],
    children: [],
    ...members,
  };
}

/** The role decrypts with `keyArn`, half an hour after ten, in a session that tells nothing. */
export function aUse(members: Partial<JudgedUse> = {}): JudgedUse {
  return {
    eventTimeMs: at(30),
    accountId,
    region,
    keyArn,
    operation: 'Decrypt',
    outcome: 'success',
    principal: { type: 'role', id: roleArn, accountId, session: 'SageMaker' },
    ...members,
  };
}

export function ofObject(path: string): Pick<JudgedUse, 'encryptionContext'> {
  return { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${path}` } };
}

/** A session by its access key, that began so many minutes after ten. */
export function inSession(accessKeyHash: string, startMinutes: number): Pick<JudgedUse, 'join'> {
  return { join: { accessKeyHash, sessionStartMs: at(startMinutes) } };
}

export function aGrant(grantId: string, members: Partial<GrantFact> = {}): GrantFact {
  return {
    kind: 'grant',
    accountId,
    region,
    timeMs: at(1),
    grantId,
    keyArn,
    creator: roleArn,
    ...members,
  };
}

export function aSession(accessKeyHash: string, members: Partial<SessionFact> = {}): SessionFact {
  return {
    kind: 'session',
    accountId,
    region,
    timeMs: at(2),
    accessKeyHash,
    is: 'issued',
    roleArn,
    ...members,
  };
}

export function evidenceOf(
  jobs: readonly Job[],
  grants: readonly GrantFact[] = [],
  sessions: readonly SessionFact[] = [],
): JobEvidence {
  return { jobs, grants, sessions };
}

/** Judges a use after a day's uses were observed, and tells what the judgement hung on. */
export function judged(
  evidence: JobEvidence,
  use: JudgedUse,
  observedUses: readonly JudgedUse[] = [],
): Judgement & { readonly asked: ReadonlySet<string> } {
  const attributor = new Attributor(evidence);
  const asked = new Set<string>();
  const day = dayOf(attributor, observedUses, asked);
  return { ...attributor.judge(use, day), asked };
}

/** What a day's uses teach, as the history collects it. */
export function dayOf(
  attributor: Attributor,
  uses: readonly JudgedUse[],
  asked: Set<string> = new Set(),
): Parameters<Attributor['judge']>[1] {
  const observed = new Map<string, Set<string>>();
  for (const use of uses) {
    for (const [subject, jobId] of attributor.observe(use)) {
      observed.set(subject, (observed.get(subject) ?? new Set()).add(jobId));
    }
  }
  return {
    observed: (subject) => [...(observed.get(subject) ?? [])],
    ask: (subject) => {
      asked.add(subject);
    },
  };
}

/** A judgement in short: its status and the names of its jobs. */
export function inShort({ status, jobs }: Judgement): string {
  return [status, ...jobs.map(({ arn }) => arn.slice(arn.lastIndexOf('/') + 1))].join(' ');
}
