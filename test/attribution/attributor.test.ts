import { describe, expect, test } from 'vitest';
import type { JobEvidence } from '../../src/attribution/attributor.ts';
import type { JudgedUse } from '../../src/attribution/judgement.ts';
import {
  accountId,
  aGrant,
  aJob,
  arnOf,
  aSession,
  at,
  aUse,
  evidenceOf,
  inSession,
  inShort,
  judged,
  keyArn,
  launcherArn,
  ofObject,
  otherKeyArn,
  roleArn,
} from './evidence.ts';

type Case = readonly [
  what: string,
  evidence: JobEvidence,
  use: JudgedUse,
  judgement: string,
  before?: readonly JudgedUse[],
];

function check(cases: readonly Case[]): void {
  for (const [what, evidence, use, judgement, before = []] of cases) {
    test(what, () => {
      expect(inShort(judged(evidence, use, before))).toBe(judgement);
    });
  }
}

const write = (name: string, session: Partial<JudgedUse>): JudgedUse =>
  aUse({ operation: 'GenerateDataKey', ...ofObject(`models/train/${name}/part`), ...session });

const service = { type: 'service', id: 'sagemaker.amazonaws.com' } as const;
const jobA = aJob('job-a');
const jobB = aJob('job-b', { created: 10 });

describe('a use that names a resource', () => {
  const arn = arnOf('AgentRFT/tuned', 'job');
  const named = { 'aws:sagemaker:finetuning-job-arn': arn };
  const tuned = aJob('tuned', {}, { arn, type: 'job' });
  const reader = aJob(
    'reader',
    { created: 100 },
    {
      arn: arnOf('AgentRFT/reader', 'job'),
      type: 'job',
      inputs: [{ bucket: 'models', prefix: 'train/tuned' }],
    },
  );
  check([
    [
      'in its context, by a service',
      evidenceOf([tuned]),
      aUse({ principal: service, encryptionContext: named }),
      'exact tuned',
    ],
    [
      'of which no record tells',
      evidenceOf([]),
      aUse({ principal: service, encryptionContext: named }),
      'exact tuned',
    ],
    [
      'in the scope of its credentials',
      evidenceOf([]),
      aUse({ join: { inScopeOf: arnOf('scoped') } }),
      'exact scoped',
    ],
    [
      'in the constraint of the grant it creates',
      evidenceOf([tuned]),
      aUse({
        operation: 'CreateGrant',
        eventTimeMs: at(0),
        principal: { type: 'role', id: launcherArn, via: 'sagemaker.amazonaws.com' },
        grant: { id: 'g', constraints: { encryptionContextSubset: named } },
      }),
      'exact tuned',
    ],
    [
      'that is no job',
      evidenceOf([]),
      aUse({
        principal: service,
        encryptionContext: { 'aws:sagemaker:model-card-arn': arnOf('card', 'model-card') },
      }),
      'none',
    ],
    [
      'by a person, who reads what the job wrote',
      evidenceOf([tuned]),
      aUse({
        principal: { type: 'user', id: `arn:aws:iam::${accountId}:user/alice` },
        encryptionContext: named,
      }),
      'none',
    ],
    [
      'that was over, where a later one declares its output as input',
      evidenceOf([tuned, reader]),
      aUse({ eventTimeMs: at(110), principal: service, encryptionContext: named }),
      'exact reader',
    ],
    [
      'that was over, where none reads it',
      evidenceOf([tuned]),
      aUse({ eventTimeMs: at(300), principal: service, encryptionContext: named }),
      'none',
    ],
  ]);

  test('a grant is of the job that it was created for, whichever it names', () => {
    const next = aJob('next', { created: 61 }, { arn: arnOf('AgentRFT/next', 'job'), type: 'job' });
    const grants = [
      aGrant('own', { timeMs: at(0), contextValues: [arn] }),
      aGrant('given', { timeMs: at(61), contextValues: [arn] }),
    ];
    const retired = (id: string) =>
      aUse({ eventTimeMs: at(80), operation: 'RetireGrant', principal: service, grant: { id } });
    const evidence = evidenceOf([tuned, next], grants);
    expect(inShort(judged(evidence, retired('own')))).toBe('exact tuned');
    expect(inShort(judged(evidence, retired('given')))).toBe('exact next');
    const before = aUse({ eventTimeMs: at(60), principal: service, encryptionContext: named });
    expect(inShort(judged(evidence, before))).toBe('exact tuned');
  });

  test('a grant is of the job that it names while that one begins, whichever begins nearer to it', () => {
    const next = aJob('next', { created: 4 }, { arn: arnOf('AgentRFT/next', 'job'), type: 'job' });
    const evidence = evidenceOf([tuned, next], [aGrant('own', { timeMs: at(3), contextValues: [arn] })]);
    const retired = aUse({
      eventTimeMs: at(58),
      operation: 'RetireGrant',
      principal: service,
      grant: { id: 'own' },
    });
    const read = aUse({ eventTimeMs: at(50), principal: service, encryptionContext: named });
    expect(inShort(judged(evidence, retired))).toBe('exact tuned');
    expect(inShort(judged(evidence, read))).toBe('exact tuned');
  });

  test('tells the author where another job reads', () => {
    const use = aUse({ eventTimeMs: at(110), principal: service, encryptionContext: named });
    expect(judged(evidenceOf([tuned, reader]), use).authorJobArn).toBe(arn);
  });

  test('takes the run of a reused name that was alive', () => {
    const again = aJob('tuned', { created: 500 }, { arn, type: 'job' });
    const use = aUse({ eventTimeMs: at(510), principal: service, encryptionContext: named });
    expect(judged(evidenceOf([tuned, again]), use).jobs[0]?.createdMs).toBe(at(500));
  });
});

describe('an object that only one job writes', () => {
  const output = { operation: 'GenerateDataKey', ...ofObject('models/train/job-a/output/model.tar.gz') };
  const both = evidenceOf([jobA, jobB]);
  const checkpoints = aJob('job-c', {}, { checkpoints: [{ bucket: 'models', prefix: 'checkpoints/run' }] });
  const shared = { outputs: [{ bucket: 'models', prefix: 'latest' }] };
  check([
    ['is its', both, aUse(output), 'strong job-a'],
    ['is its also when read', both, aUse({ ...output, operation: 'Decrypt' }), 'strong job-a'],
    [
      'read in a session that is named after its pipeline may be by another step',
      evidenceOf([aJob('pipelines-0123456789ab-Train-x')]),
      aUse({
        ...ofObject('models/train/pipelines-0123456789ab-Train-x/model.tar.gz'),
        principal: { type: 'role', id: roleArn, accountId, session: 'pipelines-0123456789ab' },
      }),
      'probable pipelines-0123456789ab-Train-x',
    ],
    [
      'read in a session that began with it may be read by a person',
      both,
      aUse({ ...output, operation: 'Decrypt', ...inSession('unknown', 1) }),
      'probable job-a',
    ],
    [
      'is not that of a job whose name begins with its',
      evidenceOf([aJob('job-a'), aJob('job-a1')]),
      aUse({ ...ofObject('models/train/job-a1/x'), operation: 'GenerateDataKey' }),
      'strong job-a1',
    ],
    [
      'below its checkpoints',
      evidenceOf([checkpoints, jobB]),
      aUse(ofObject('models/checkpoints/run/epoch-3')),
      'probable job-c',
    ],
    ['by another role', both, aUse({ ...output, principal: { type: 'role', id: launcherArn } }), 'none'],
    ['long after its end', both, aUse({ ...output, eventTimeMs: at(300) }), 'none'],
    [
      'by a person with the role',
      both,
      aUse({ ...output, userAgent: 'aws-cli/2.27.2 md/command#kms.decrypt' }),
      'none',
    ],
    [
      'in a session older than it may be in one that jobs share',
      both,
      aUse({ ...output, ...inSession('old', -30) }),
      'probable job-a',
    ],
    [
      'in a session older than it that is not named by SageMaker',
      both,
      aUse({
        ...output,
        ...inSession('old', -30),
        principal: { type: 'role', id: roleArn, accountId, session: 'analysis' },
      }),
      'none',
    ],
    [
      'in a session older than it that SageMaker did not take on, though it did others',
      evidenceOf([jobA], [], [aSession('another', { timeMs: at(-31) })]),
      aUse({ ...output, ...inSession('old', -30) }),
      'none',
    ],
    [
      'in a session that SageMaker took on, whose key is another by now',
      evidenceOf([jobA], [], [aSession('first', { timeMs: at(1) })]),
      aUse({ ...output, ...inSession('renewed', 1) }),
      'strong job-a',
    ],
    [
      'by credentials that a Lambda function was given',
      both,
      aUse({
        ...output,
        join: {
          sessionStartMs: at(1),
          inScopeOf: `arn:aws:lambda:us-east-1:${accountId}:function:publish`,
        },
      }),
      'none',
    ],
    [
      'in a session with a number for a name, which jobs are not known to have',
      both,
      aUse({
        ...output,
        ...inSession('numbered', 1),
        principal: { type: 'role', id: roleArn, accountId, session: '0123456789abcdef0123456789abcdef' },
      }),
      'probable job-a',
    ],
    [
      'where others may write too, is probable',
      evidenceOf([aJob('job-a', {}, shared)]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('models/latest/x') }),
      'probable job-a',
    ],
    [
      'that two declare, is ambiguous',
      evidenceOf([aJob('job-a', {}, shared), aJob('job-b', {}, shared)]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('models/latest/x') }),
      'ambiguous job-a job-b',
    ],
    [
      "below one's name, where another declares the folder within",
      evidenceOf([
        aJob('job-a', {}, { outputs: [{ bucket: 'models', prefix: 'train/job-a' }] }),
        aJob('score', {}, { outputs: [{ bucket: 'models', prefix: 'train/job-a/evaluation' }] }),
      ]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('models/train/job-a/evaluation/x') }),
      'probable score',
    ],
    [
      "below one's name, where its sibling declares the same",
      evidenceOf(
        ['job-a', 'job-b'].map((name) =>
          aJob(name, {}, { outputs: [{ bucket: 'models', prefix: 'train/job-a' }] }),
        ),
      ),
      aUse({ operation: 'GenerateDataKey', ...ofObject('models/train/job-a/x') }),
      'ambiguous job-a job-b',
    ],
    [
      'captured by an endpoint',
      evidenceOf([
        aJob(
          'serve',
          { ended: Number.POSITIVE_INFINITY },
          { type: 'endpoint', outputs: [{ bucket: 'models', prefix: 'capture' }] },
        ),
      ]),
      aUse({
        eventTimeMs: at(9000),
        operation: 'GenerateDataKey',
        ...ofObject('models/capture/serve/AllTraffic/x.jsonl'),
      }),
      'strong serve',
    ],
  ]);

  test('is read by the job that declares it, and tells who wrote it', () => {
    const reader = aJob('job-b', { created: 61 }, { inputs: [{ bucket: 'models', prefix: 'train/job-a' }] });
    const use = aUse({
      eventTimeMs: at(70),
      ...ofObject('models/train/job-a/part-1'),
      ...inSession('b', 62),
    });
    const judgement = judged(evidenceOf([jobA, reader]), use);
    expect([inShort(judgement), judgement.authorJobArn]).toEqual(['probable job-b', jobA.arn]);
  });
});

describe('a grant and its volume', () => {
  const starting = aJob('job-a', {}, { volumeKeys: [keyArn] });
  const launched = { ...starting, launcher: { type: 'role', id: launcherArn } } as const;
  const launcher = { type: 'role', id: launcherArn, accountId, via: 'sagemaker.amazonaws.com' } as const;
  const running = aJob('job-b', { created: -600, ended: 600 }, { volumeKeys: [otherKeyArn] });
  const grants = [aGrant('g', { contextValues: ['vol-0123456789abcdef0'] })];
  const evidence = evidenceOf([starting, running], grants);
  const volume = { encryptionContext: { 'aws:ebs:id': 'vol-0123456789abcdef0' } };
  check([
    [
      'retired by a service',
      evidence,
      aUse({ operation: 'RetireGrant', principal: service, grant: { id: 'g' } }),
      'strong job-a',
    ],
    [
      'opened by the instance',
      evidence,
      aUse({
        ...volume,
        principal: { type: 'role', id: `arn:aws:iam::${accountId}:role/aws:ec2-infrastructure` },
      }),
      'strong job-a',
    ],
    [
      'revoked by an administrator',
      evidence,
      aUse({ operation: 'RevokeGrant', principal: { type: 'role', id: launcherArn }, grant: { id: 'g' } }),
      'none',
    ],
    [
      'of two jobs that start with that key',
      evidenceOf([starting, aJob('job-b', {}, { volumeKeys: [keyArn] })], grants),
      aUse({ principal: service, ...volume }),
      'ambiguous job-a job-b',
    ],
    [
      "of two, by the session that opened one's log",
      evidenceOf(
        [starting, aJob('job-b', {}, { volumeKeys: [keyArn] })],
        [aGrant('g', { accessKeyHash: 'h' })],
        [aSession('h', { is: 'job', jobType: 'training-job', jobName: 'job-b' })],
      ),
      aUse({ operation: 'RetireGrant', principal: service, grant: { id: 'g' } }),
      'probable job-b',
    ],
    [
      'that SageMaker opens with the rights of whoever launched the job that starts',
      evidenceOf([launched]),
      aUse({ ...volume, eventTimeMs: at(1), principal: launcher }),
      'probable job-a',
    ],
    [
      'that the launcher opens for something else',
      evidenceOf([launched]),
      aUse({ ...volume, eventTimeMs: at(1), principal: { ...launcher, via: 'ec2.amazonaws.com' } }),
      'none',
    ],
    [
      'that SageMaker opens with the rights of somebody, of a job whose launcher no record tells',
      evidenceOf([starting]),
      aUse({ ...volume, eventTimeMs: at(1), principal: launcher }),
      'probable job-a',
    ],
    [
      'of two that start with that key, one of them after the session began',
      evidenceOf(
        [starting, aJob('job-b', { created: 5 }, { volumeKeys: [keyArn] })],
        [aGrant('g', { timeMs: at(6), sessionStartMs: at(1), accessKeyHash: 'h' })],
      ),
      aUse({ operation: 'RetireGrant', principal: service, grant: { id: 'g' } }),
      'ambiguous job-a job-b',
    ],
    [
      'that SageMaker opens with the rights of somebody else',
      evidenceOf([launched]),
      aUse({ ...volume, eventTimeMs: at(1), principal: { ...launcher, id: `${launcherArn}2` } }),
      'none',
    ],
    [
      'made by SageMaker itself for a job that starts',
      evidenceOf([starting], [aGrant('g', { creator: 'sagemaker.amazonaws.com' })]),
      aUse({ operation: 'RetireGrant', principal: service, grant: { id: 'g' } }),
      'probable job-a',
    ],
    [
      'of which nothing is known',
      evidenceOf([starting]),
      aUse({ operation: 'RetireGrant', principal: service, grant: { id: 'unknown' } }),
      'none',
    ],
  ]);
});

describe('what role, time and the rest leave', () => {
  const inputs = [{ bucket: 'data', prefix: 'v1' }];
  const byAlice = { launcher: { type: 'role', sourceIdentity: 'alice' } } as const;
  const byBob = { launcher: { type: 'role', sourceIdentity: 'bob' } } as const;
  const principal = { type: 'role', id: roleArn, accountId } as const;
  const two = evidenceOf([jobA, jobB]);
  check([
    ['one job', evidenceOf([jobA]), aUse(), 'probable job-a'],
    ['two', two, aUse(), 'ambiguous job-b job-a'],
    ['no job alive', evidenceOf([jobA]), aUse({ eventTimeMs: at(500) }), 'none'],
    ['a role no job uses', two, aUse({ principal: { type: 'role', id: launcherArn } }), 'none'],
    [
      'a role without its path',
      evidenceOf([jobA]),
      aUse({ principal: { ...principal, id: `arn:aws:iam::${accountId}:role/Trainer` } }),
      'probable job-a',
    ],
    [
      'the one that declares the input',
      evidenceOf([jobA, aJob('job-b', {}, { inputs })]),
      aUse(ofObject('data/v1/part-1')),
      'probable job-b',
    ],
    [
      'the one that works in the bucket',
      evidenceOf([jobA, aJob('job-b', {}, { inputs })]),
      aUse(ofObject('data')),
      'probable job-b',
    ],
    [
      'those that declare the key of what is written, or leave it to the bucket',
      evidenceOf([
        aJob('job-a', {}, { outputKeys: [keyArn] }),
        aJob('job-b', {}, { outputKeys: [otherKeyArn] }),
        aJob('job-c'),
      ]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('elsewhere/x') }),
      'ambiguous job-a job-c',
    ],
    [
      'a notebook, whose sessions are named by SageMaker, whatever those of jobs are',
      evidenceOf([
        ...['p', 'q', 'r'].map((name) => aJob(name, { ended: 25 })),
        aJob(
          'lab',
          { created: -600, ended: Number.POSITIVE_INFINITY },
          { type: 'notebook-instance', outputs: [] },
        ),
      ]),
      aUse({ eventTimeMs: at(90), ...inSession('n', 50) }),
      'probable lab',
      ['p', 'q', 'r'].map((name) => ({
        ...aUse(ofObject(`models/train/${name}/x`)),
        operation: 'GenerateDataKey',
        principal: { ...principal, session: name },
        ...inSession(name, 1),
      })),
    ],
    [
      'the one that declares the key of what is written',
      evidenceOf([
        aJob('job-a', {}, { outputKeys: [keyArn] }),
        aJob('job-b', {}, { outputKeys: [otherKeyArn] }),
      ]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('elsewhere/x') }),
      'probable job-a',
    ],
    [
      'both where a key may be any',
      evidenceOf([
        aJob('job-a', {}, { outputKeys: [keyArn] }),
        aJob('job-b', {}, { outputKeys: ['alias/x'] }),
      ]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('elsewhere/x') }),
      'ambiguous job-a job-b',
    ],
    ['the one whose start the session began with', two, aUse(inSession('h', 11)), 'probable job-b'],
    [
      'the one whose log the session opened',
      evidenceOf([jobA, jobB], [], [aSession('h', { is: 'job', jobType: 'training-job', jobName: 'job-a' })]),
      aUse(inSession('h', 1)),
      'probable job-a',
    ],
    [
      'the one whose name the session bears',
      two,
      aUse({ principal: { ...principal, session: 'job-a' } }),
      'probable job-a',
    ],
    [
      'the one launched by the person in the source identity',
      evidenceOf([aJob('job-a', {}, byAlice), aJob('job-b', {}, byBob)]),
      aUse({ principal: { ...principal, sourceIdentity: 'bob' } }),
      'probable job-b',
    ],
    [
      'also one whose launcher no record tells',
      evidenceOf([aJob('job-a', {}, byAlice), aJob('job-b', {}, byBob), aJob('job-c')]),
      aUse({ principal: { ...principal, sourceIdentity: 'bob' } }),
      'ambiguous job-b job-c',
    ],
    [
      'nobody where it reads what another job wrote and declares no such input',
      evidenceOf([aJob('author', { created: -200, ended: -100 }), jobA]),
      aUse({ ...ofObject('models/train/author/x'), ...inSession('h', 1) }),
      'none',
    ],
    [
      'the job whose session began with it, also where it reads of a bucket in which it does not work',
      evidenceOf([jobA]),
      aUse({ ...ofObject('elsewhere/x'), ...inSession('h', 1) }),
      'probable job-a',
    ],
    [
      'the job whose session began with it, where only the bucket agrees and the name is of no known kind',
      evidenceOf([jobA]),
      aUse({ ...ofObject('models'), ...inSession('h', 1), principal: { ...principal, session: 'nightly' } }),
      'probable job-a',
    ],
    [
      'beside one that the session may have followed, the one with which it began',
      evidenceOf([
        aJob('job-a', { ended: 300 }, { inputs }),
        aJob('job-b', { created: 85 }, { outputs: [] }),
      ]),
      aUse({ eventTimeMs: at(100), ...ofObject('data/v1/x'), ...inSession('h', 86) }),
      'ambiguous job-a job-b',
    ],
    [
      'beside one that the session may have followed, the notebook',
      evidenceOf([
        aJob('job-a', { ended: 300 }),
        aJob('lab', { created: -600, ended: Number.POSITIVE_INFINITY }, { type: 'notebook-instance' }),
      ]),
      aUse({ eventTimeMs: at(100), ...inSession('h', 90) }),
      'ambiguous job-a lab',
    ],
    [
      'beside one with which the session began, the older one in whose folder it is',
      evidenceOf([jobA, aJob('job-b', { created: 10 }, { inputs })]),
      aUse({ ...ofObject('data/v1/x'), ...inSession('h', 1) }),
      'ambiguous job-b job-a',
    ],
    [
      'an endpoint, in a session that SageMaker named, where nothing else is alive',
      evidenceOf([aJob('serve', { ended: Number.POSITIVE_INFINITY }, { type: 'endpoint' })]),
      aUse({ eventTimeMs: at(9000), ...inSession('h', 8990) }),
      'none',
    ],
    ['none where the session is older than both', two, aUse(inSession('h', -20)), 'none'],
    [
      'none where it began between first and later sessions',
      evidenceOf([jobA]),
      aUse(inSession('h', 20)),
      'none',
    ],
    [
      'nobody where it may have followed an earlier one and nothing else agrees',
      evidenceOf([aJob('job-a', { ended: 300 })]),
      aUse({ eventTimeMs: at(100), ...inSession('h', 90) }),
      'none',
    ],
    [
      'the child of a tuning job',
      evidenceOf([
        aJob('tune', {}, { type: 'hyper-parameter-tuning-job', children: [arnOf('tune-1')] }),
        aJob('tune-1'),
      ]),
      aUse(),
      'probable tune-1',
    ],
    [
      'a run of a reused name, once',
      evidenceOf([aJob('job-a', { ended: 29 }), aJob('job-a', { created: 30 })]),
      aUse(),
      'probable job-a',
    ],
  ]);
});

describe('what speaks against every job', () => {
  const evidence = evidenceOf([jobA]);
  const principal = aUse().principal;
  check([
    [
      'the name of a person',
      evidence,
      aUse({ principal: { ...principal, session: 'alice@example.com' } }),
      'none',
    ],
    ['Glue', evidence, aUse({ principal: { ...principal, session: 'GlueJobRunnerSession' } }), 'none'],
    [
      'an EC2 instance',
      evidence,
      aUse({ principal: { ...principal, session: 'i-0123456789abcdef0' } }),
      'none',
    ],
    ['a browser', evidence, aUse({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' }), 'none'],
    [
      'a Lambda function',
      evidence,
      aUse({ userAgent: 'aws-sdk-js/3.980.0 exec-env/AWS_Lambda_nodejs24.x' }),
      'none',
    ],
    ['a laptop', evidence, aUse({ userAgent: 'Boto3/1.40.2 ua/2.1 os/macos#24.4.0' }), 'none'],
    ['another service', evidence, aUse({ principal: { ...principal, via: 'glue.amazonaws.com' } }), 'none'],
    [
      'what the session did elsewhere that day',
      evidence,
      aUse(inSession('h', 1)),
      'none',
      [aUse({ ...inSession('h', 1), userAgent: 'aws-cli/2.27.2' })],
    ],
    [
      'a session that SageMaker is not on record to have taken on',
      evidenceOf([jobA], [], [aSession('others')]),
      aUse(inSession('h', 45)),
      'none',
    ],
    [
      'being a user',
      evidence,
      aUse({ principal: { type: 'user', id: `arn:aws:iam::${accountId}:user/alice` } }),
      'none',
    ],
  ]);
});

describe('what a day teaches', () => {
  const jobs = [jobA, jobB];
  check([
    [
      'a session that wrote what only one job writes is its',
      evidenceOf(jobs),
      aUse(inSession('h', 11)),
      'probable job-b',
      [write('job-b', inSession('h', 11))],
    ],
    [
      "and nobody else's",
      evidenceOf([jobA, aJob('job-c', { created: -300, ended: -100 })]),
      aUse(inSession('h', -299)),
      'none',
      [write('job-c', { eventTimeMs: at(-200), ...inSession('h', -299) })],
    ],
  ]);

  test("a session named unlike those of jobs is no job's", () => {
    const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
    const before = four.map(({ name }) => write(name, inSession(`of-${name}`, 1)));
    const named = aUse({ principal: { ...aUse().principal, session: 'nightly-report' } });
    const evidence = evidenceOf([jobA]);
    expect(inShort(judged(evidence, named))).toBe('probable job-a');
    expect(inShort(judged(evidenceOf([...four, jobA]), named, before))).toBe('none');
  });

  test('jobs that share sessions older than they are keep what they do', () => {
    const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
    const before = four.map(({ name }) => write(name, inSession('shared', -20)));
    const evidence = evidenceOf(four);
    const use = aUse({
      ...ofObject('models/train/p/part'),
      operation: 'GenerateDataKey',
      ...inSession('shared', -20),
    });
    expect(inShort(judged(evidence, use))).toBe('probable p');
    expect(inShort(judged(evidence, use, before))).toBe('strong p');
  });

  test('a later session that made what is its own is its, whatever it reads', () => {
    const long = aJob('job-a', { ended: 600 }, { inputs: [{ bucket: 'data', prefix: 'v1' }] });
    const endless = { ...long, ended: { timeMs: at(600), from: 'maximum-runtime' as const } };
    const session = { eventTimeMs: at(100), ...inSession('h', 90) };
    const before = [write('job-a', session)];
    const said = (job: typeof long, path?: string) =>
      inShort(
        judged(
          evidenceOf([job]),
          aUse({ ...session, ...(path === undefined ? {} : ofObject(path)), keyArn: otherKeyArn }),
          before,
        ),
      );
    expect([said(long), said(long, 'models'), said(long, 'data/v1/x')]).toEqual([
      'probable job-a',
      'probable job-a',
      'probable job-a',
    ]);
    expect([said(endless, 'models'), said(endless, 'data/v1/x')]).toEqual([
      'probable job-a',
      'probable job-a',
    ]);
  });

  test('where two sessions began with a job and made what is its own, neither is surely its', () => {
    const evidence = evidenceOf([jobA]);
    const one = write('job-a', inSession('h', 1));
    const another = write('job-a', inSession('person', 2));
    expect(inShort(judged(evidence, one, [one]))).toBe('strong job-a');
    expect(inShort(judged(evidence, one, [one, another]))).toBe('probable job-a');
  });

  test('a session that SageMaker is not on record to have begun is likely its where it makes what is its own', () => {
    const evidence = evidenceOf([jobA], [], [aSession('another', { timeMs: at(-31) })]);
    const own = write('job-a', inSession('h', 1));
    expect(inShort(judged(evidence, own, [own]))).toBe('probable job-a');
    expect(inShort(judged(evidence, aUse(inSession('h', 1)), [own]))).toBe('none');
  });

  test('where jobs share sessions, one that none is known to have worked in is likely that of the only job', () => {
    const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
    const before = four.map(({ name }) => write(name, inSession('shared', -20)));
    const evidence = evidenceOf([...four, aJob('later', { created: 100 }, { volumeKeys: [keyArn] })]);
    const use = aUse({ eventTimeMs: at(120), ...inSession('other', 101) });
    expect(inShort(judged(evidence, use))).toBe('probable later');
    expect(inShort(judged(evidence, use, before))).toBe('probable later');
  });

  test("a volume's grant is of whoever was starting with its key, where jobs share sessions", () => {
    const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
    const starting = [
      aJob('job-a', { started: 4 }, { volumeKeys: [keyArn] }),
      aJob('job-b', { created: 5 }, { volumeKeys: [keyArn] }),
    ];
    const grants = [aGrant('g', { timeMs: at(6), sessionStartMs: at(1), accessKeyHash: 'h' })];
    const evidence = evidenceOf([...four, ...starting], grants);
    const use = aUse({ operation: 'RetireGrant', principal: service, grant: { id: 'g' } });
    const own = four.map(({ name }) => write(name, inSession(name, 1)));
    const shared = four.map(({ name }) => write(name, inSession('shared', -20)));
    expect(inShort(judged(evidence, use, own))).toBe('probable job-a');
    expect(inShort(judged(evidence, use, shared))).toBe('ambiguous job-b job-a');
  });

  test('where jobs have sessions of their own, an older one is none of them', () => {
    const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
    const before = four.map(({ name }) => write(name, inSession(name, 1)));
    const inOlder = { ...ofObject('models'), ...inSession('older', -20) };
    const evidence = evidenceOf(four);
    expect(inShort(judged(evidence, aUse(inOlder)))).toBe('ambiguous p q r s');
    expect(inShort(judged(evidence, aUse(inOlder), before))).toBe('none');
    expect(inShort(judged(evidence, aUse({ ...inOlder, ...ofObject('elsewhere') })))).toBe('none');
  });

  test('a session that begins with a job and is named unlike those of others is none of its', () => {
    const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
    const before = four.map(({ name }) => write(name, inSession(name, 1)));
    const later = aJob('later', { created: 100 }, { volumeKeys: [keyArn] });
    const use = aUse({
      eventTimeMs: at(120),
      ...inSession('new', 101),
      principal: { type: 'role', id: roleArn, accountId, session: 'publish' },
    });
    const evidence = evidenceOf([...four, later]);
    expect(inShort(judged(evidence, use))).toBe('probable later');
    expect(inShort(judged(evidence, use, before))).toBe('none');
  });
});

describe('Regions', () => {
  const east = aJob('east', {}, { region: 'us-east-1', inputs: [{ bucket: 'lake', prefix: '' }] });
  const seoul = aJob('seoul', {}, { region: 'ap-northeast-2', inputs: [{ bucket: 'lake', prefix: '' }] });
  const inEast = aUse({ ...ofObject('lake/x'), region: 'us-east-1', ...inSession('h', 1) });

  test('count: of two jobs that agree alike, the one where the use was recorded', () => {
    expect(inShort(judged(evidenceOf([seoul, east]), inEast))).toBe('probable east');
    const none = { ...inEast, region: 'eu-west-1' };
    expect(inShort(judged(evidenceOf([seoul, east]), none))).toMatch(/^ambiguous /);
  });

  test('do not outweigh a folder that a job of another Region declares', () => {
    const reader = { ...seoul, inputs: [{ bucket: 'lake', prefix: 'far' }] };
    const use = aUse({ ...ofObject('lake/far/x'), region: 'us-east-1', ...inSession('h', 1) });
    expect(inShort(judged(evidenceOf([reader, { ...east, inputs: [] }]), use))).toBe('probable seoul');
  });

  test('are one with the volume of a job', () => {
    const other = aJob('other', {}, { region: 'eu-west-1', volumeKeys: [keyArn] });
    const volume = aUse({
      operation: 'GenerateDataKeyWithoutPlaintext',
      encryptionContext: { 'aws:ebs:id': 'vol-0123456789abcdef0' },
      region: 'us-east-1',
    });
    expect(inShort(judged(evidenceOf([other]), volume))).toBe('none');
  });
});

test('two sessions that began in one second and show no access key are not told apart by it', () => {
  const one = aJob('one', {}, { inputs: [{ bucket: 'data', prefix: 'v1' }] });
  const other = aJob('other', {}, { inputs: [{ bucket: 'data', prefix: 'v2' }] });
  const principal = { type: 'role', id: roleArn, accountId } as const;
  const session = { principal, join: { sessionStartMs: at(1) } };
  const before = [write('one', session)];
  const read = aUse({ ...ofObject('data/v2/x'), ...session });
  expect(inShort(judged(evidenceOf([one, other]), read, before))).toBe('probable other');
});

test('how the sessions of one type of jobs are named says nothing of another type', () => {
  const four = ['p', 'q', 'r', 's'].map((name) => aJob(name));
  const before = four.map(({ name }) =>
    write(name, {
      ...inSession(name, 1),
      principal: { type: 'role', id: roleArn, accountId, session: `SageMaker-${name}` },
    }),
  );
  const batch = aJob(
    'batch',
    { created: 100 },
    { arn: arnOf('batch', 'transform-job'), type: 'transform-job' },
  );
  const use = (name: string) =>
    aUse({
      eventTimeMs: at(160),
      ...inSession('own', 150),
      principal: { type: 'role', id: roleArn, accountId, session: '0123456789abcdef' },
      operation: 'GenerateDataKey',
      ...ofObject(`models/train/${name}/output/x`),
    });
  const training = aJob('later', { created: 100 });
  // An object of a job's own outweighs how other sessions are named.
  expect(inShort(judged(evidenceOf([...four, training]), use('later'), before))).toBe('probable later');
  expect(
    inShort(judged(evidenceOf([batch]), aUse({ eventTimeMs: at(105), ...inSession('own', 101) }), before)),
  ).toBe('probable batch');
});

describe("a caller known from the key owner's copy alone", () => {
  const caller = { type: 'account', id: `${accountId}/AROAEXAMPLE`, accountId, session: 'job-a' } as const;
  check([
    [
      'is the job whose name its session bears',
      evidenceOf([jobA, jobB]),
      aUse({ accountId: '444455556666', principal: caller }),
      'probable job-a',
    ],
    [
      'is likely the job that declares the folder, where there is one',
      evidenceOf([aJob('job-a', {}, { inputs: [{ bucket: 'data', prefix: 'v1' }] })]),
      aUse({ ...ofObject('data/v1/x'), principal: { ...caller, session: 'x' } }),
      'probable job-a',
    ],
    [
      'is nobody where only the bucket agrees, which others work in too',
      evidenceOf([jobA]),
      aUse({ ...ofObject('models'), principal: { ...caller, session: 'x' } }),
      'none',
    ],
    [
      'is nobody where an object lies in that bucket, below nothing that a job declares',
      evidenceOf([jobA]),
      aUse({ ...ofObject('models/other/x'), principal: { ...caller, session: 'x' } }),
      'none',
    ],
    [
      'is nobody where nothing tells',
      evidenceOf([jobA]),
      aUse({ principal: { ...caller, session: 'x' } }),
      'none',
    ],
  ]);
});

describe('bad input', () => {
  test('ten thousand live jobs on one role: fifty are listed, and how many more are not', () => {
    const many = Array.from({ length: 10_000 }, (_, number) => aJob(`job-${number}`));
    const judgement = judged(evidenceOf(many), aUse());
    expect(judgement.jobs).toHaveLength(50);
    expect(judgement.jobs[0]?.reasons).toContain('9950 more jobs are possible and not listed');
  });

  check([
    [
      'the whole bucket as output makes nothing its own',
      evidenceOf([aJob('job-a', {}, { outputs: [{ bucket: 'models', prefix: '' }] })]),
      aUse({ operation: 'GenerateDataKey', ...ofObject('models/anything') }),
      'probable job-a',
    ],
    [
      'a job that never ends is looked for five days',
      evidenceOf([aJob('job-a', { ended: Number.POSITIVE_INFINITY })]),
      aUse({ eventTimeMs: at(4 * 1440) }),
      'probable job-a',
    ],
    [
      'and no longer',
      evidenceOf([aJob('job-a', { ended: Number.POSITIVE_INFINITY })]),
      aUse({ eventTimeMs: at(6 * 1440) }),
      'none',
    ],
    [
      'an end before the start is none',
      evidenceOf([aJob('job-a', { ended: -60 })]),
      aUse(),
      'probable job-a',
    ],
    [
      'an ARN of S3 that is none',
      evidenceOf([jobA]),
      aUse({ encryptionContext: { 'aws:s3:arn': 's3://models/x' } }),
      'probable job-a',
    ],
    [
      'a job of which nothing but its role is known',
      evidenceOf([{ ...jobA, ...{ created: undefined, started: undefined, ended: undefined } } as never]),
      aUse(),
      'none',
    ],
    [
      'a use of which nothing is known',
      evidenceOf([jobA]),
      { eventTimeMs: at(30), operation: 'Decrypt', outcome: 'success', principal: { type: 'unknown' } },
      'none',
    ],
    [
      'names of the context that are members of objects',
      evidenceOf([jobA]),
      aUse({ encryptionContext: JSON.parse('{"__proto__":"x","constructor":"y"}') }),
      'probable job-a',
    ],
  ]);

  test('reasons tell of the job, never of the object, the moment or the credentials', () => {
    const use = aUse({
      operation: 'GenerateDataKey',
      ...ofObject('models/train/job-a/SECRET-NAME'),
      ...inSession('HASH', 1),
    });
    const text = JSON.stringify(judged(evidenceOf([jobA]), use).jobs);
    expect(text).not.toMatch(/SECRET-NAME|HASH|10:30/);
    expect(text).toContain('objects below s3://models/train/job-a are written only by job-a');
  });

  test('what a judgement hung on is asked for, also where there was none', () => {
    const { asked } = judged(evidenceOf([]), aUse());
    expect([...asked]).toEqual([`role:arn:aws:iam::${accountId}:role/Trainer`]);
  });
});
