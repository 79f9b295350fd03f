import { describe, expect, test } from 'vitest';
import type { JudgedUse } from '../../src/attribution/judgement.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import {
  accountId,
  aJob,
  arnOf,
  at,
  aUse,
  evidenceOf,
  inSession,
  inShort,
  judged,
  keyArn,
  ofObject,
  otherKeyArn,
  roleArn,
} from './evidence.ts';

const inputs = [{ bucket: 'data', prefix: 'v1' }];
const six = ['p', 'q', 'r', 's', 't', 'u'].map((name) => aJob(name, { ended: 40 }));

function named(session: string): Pick<JudgedUse, 'principal'> {
  return { principal: { type: 'role', id: roleArn, accountId, session } };
}

/** A job writes an object of its own. */
function work(job: Job, members: Partial<JudgedUse>): JudgedUse {
  return aUse({ operation: 'GenerateDataKey', ...ofObject(`models/train/${job.name}/part`), ...members });
}

/** Each of six jobs works in a session of its own, that began so many minutes after ten. */
function sixAtWork(startMinutes: number, name = 'SageMaker'): readonly JudgedUse[] {
  return six.map((job) => work(job, { ...inSession(`of-${job.name}`, startMinutes), ...named(name) }));
}

function judgedAmong(jobs: readonly Job[], use: JudgedUse, before: readonly JudgedUse[] = []): string {
  return inShort(judged(evidenceOf([...six, ...jobs]), use, before));
}

describe('when sessions begin with their jobs', () => {
  const job = aJob('late', { created: 100, started: 106 });
  const use = (startMinutes: number) =>
    aUse({ eventTimeMs: at(120), ...ofObject('elsewhere/x'), ...inSession('h', startMinutes) });

  test('is learned: one that began minutes before those of others is none of the job', () => {
    const afterStart = sixAtWork(3);
    expect(judgedAmong([job], use(101))).toBe('probable late');
    expect(judgedAmong([job], use(101), afterStart)).toBe('none');
    expect(judgedAmong([job], use(107), afterStart)).toBe('probable late');
  });

  test('is not learned of fewer than six jobs', () => {
    expect(judgedAmong([job], use(101), sixAtWork(3).slice(1))).toBe('probable late');
  });

  test('is learned of none that stands apart from all others', () => {
    const [first, ...others] = sixAtWork(3);
    const seventh = aJob('v', { ended: 40 });
    const apart = work(seventh, inSession('of-v', 0));
    const before = [...(first === undefined ? [] : [first]), ...others, apart];
    expect(judgedAmong([job, seventh], use(103.5), before)).toBe('none');
  });

  test('an object of its own stays the job’s, but is not sure', () => {
    const own = work(job, { eventTimeMs: at(120), ...inSession('h', 101) });
    expect(judgedAmong([job], own)).toBe('strong late');
    expect(judgedAmong([job], own, sixAtWork(3))).toBe('probable late');
  });
});

describe('a session that began whole hours after another of the job', () => {
  const long = aJob('long', { created: 100, ended: 400 }, { inputs });
  const first = aUse({ eventTimeMs: at(110), ...ofObject('data/v1/x'), ...inSession('first', 101) });
  const later = (startMinutes: number, members: Partial<JudgedUse> = {}) =>
    aUse({
      eventTimeMs: at(startMinutes + 5),
      ...ofObject('elsewhere/x'),
      ...inSession('later', startMinutes),
      ...members,
    });

  test('to the second is its, whatever it reads', () => {
    expect(judgedAmong([long], later(161), [first])).toBe('probable long');
    expect(judgedAmong([long], later(221), [first])).toBe('probable long');
    expect(judgedAmong([long], later(161.5), [first])).toBe('none');
  });

  test('to the second is its also with a name that others have not', () => {
    const before = [...sixAtWork(1), first];
    expect(judgedAmong([long], later(161, named('renewed')), before)).toBe('probable long');
    expect(judgedAmong([long], later(161.5, named('renewed')), before)).toBe('none');
  });

  test('says why', () => {
    const judgement = judged(evidenceOf([long]), later(161), [first]);
    expect(judgement.jobs[0]?.reasons).toContain(
      'the session began whole hours after another that began with long',
    );
  });
});

describe('a session that began with a job and is used in its folders', () => {
  const job = aJob('reader', { created: 100 }, { inputs });
  const session = { eventTimeMs: at(110), ...inSession('h', 101), ...named('publish') };
  const inFolder = aUse({ ...session, ...ofObject('data/v1/x') });
  const elsewhere = aUse({ ...session, ...ofObject('elsewhere/x') });

  test('is its elsewhere too, though its name is of no kind that jobs have', () => {
    const before = sixAtWork(1);
    expect(judgedAmong([job], elsewhere, before)).toBe('none');
    expect(judgedAmong([job], elsewhere, [...before, inFolder])).toBe('probable reader');
  });

  test('says why', () => {
    const { jobs } = judged(evidenceOf([job]), elsewhere, [inFolder]);
    expect(jobs[0]?.reasons).toContain('other uses of the session are in folders that reader declares');
  });
});

describe('what the job itself wrote', () => {
  const place = [{ bucket: 'models', prefix: 'checkpoints', belowJobName: true as const }];
  const job = aJob('maker', { created: 100, ended: 400 }, { checkpoints: place });
  const read = (path: string, startMinutes: number) =>
    aUse({
      eventTimeMs: at(startMinutes + 10),
      ...ofObject(`models/${path}`),
      ...inSession('h', startMinutes),
    });

  test('is read by others in a later session, but its checkpoints by itself', () => {
    expect(judgedAmong([job], read('train/maker/x', 161.5))).toBe('none');
    expect(judgedAmong([job], read('checkpoints/maker/x', 161.5))).toBe('probable maker');
  });

  test('is read by itself in a session that began with it, unless others are named otherwise', () => {
    expect(judgedAmong([job], read('train/maker/x', 101))).toBe('probable maker');
    expect(judgedAmong([job], { ...read('train/maker/x', 101), ...named('publish') }, sixAtWork(1))).toBe(
      'none',
    );
  });
});

describe('a later session', () => {
  const long = aJob('long', { created: -30, ended: 400 }, { volumeKeys: [keyArn] });
  const bucketOnly = (members: Partial<JudgedUse> = {}) =>
    aUse({ eventTimeMs: at(95), ...ofObject('models'), ...inSession('h', 90), ...members });
  const renewing = ['p', 'q', 'r'].map((name) => aJob(name, { created: -90, ended: 60 }));
  const follow = renewing.flatMap((job) => [
    work(job, { ...inSession(`${job.name}-1`, -89), eventTimeMs: at(-60) }),
    work(job, { ...inSession(`${job.name}-2`, -29), eventTimeMs: at(-10) }),
  ]);
  const said = (use: JudgedUse, before: readonly JudgedUse[] = []) =>
    inShort(judged(evidenceOf([...renewing, long]), use, before));

  test('with a bucket of the job and a key of others is its where sessions are known to follow', () => {
    expect(said(bucketOnly({ keyArn: otherKeyArn }))).toBe('none');
    expect(said(bucketOnly({ keyArn: otherKeyArn }), follow)).toBe('probable long');
  });

  test('with the key that the job declares is its', () => {
    expect(said(bucketOnly())).toBe('probable long');
  });
});

describe('a resource that lives for months', () => {
  const forever = { created: Number.NEGATIVE_INFINITY, ended: Number.POSITIVE_INFINITY };
  const write = aUse({
    operation: 'GenerateDataKey',
    eventTimeMs: at(65),
    ...ofObject('captured/serve/AllTraffic/x'),
    ...inSession('h', 61),
  });

  test('writes in a place that no record tells, if none tells of any', () => {
    const serve = aJob(
      'serve',
      { ...forever, created: -6000 },
      { arn: arnOf('serve', 'endpoint'), type: 'endpoint', outputs: [] },
    );
    expect(inShort(judged(evidenceOf([serve]), write))).toBe('probable serve');
    expect(inShort(judged(evidenceOf([serve]), { ...write, operation: 'Decrypt' }))).toBe('none');
    const placed = { ...serve, outputs: [{ bucket: 'elsewhere', prefix: 'x' }] };
    expect(inShort(judged(evidenceOf([placed]), write))).toBe('none');
  });

  test('a notebook works in its Region, in sessions that are named as known', () => {
    const lab = aJob(
      'lab',
      { ...forever, created: -6000 },
      { arn: arnOf('lab', 'notebook-instance'), type: 'notebook-instance', outputs: [] },
    );
    const use = aUse({ eventTimeMs: at(95), ...ofObject('data/x'), ...inSession('h', 90) });
    const said = (members: Partial<JudgedUse>) => inShort(judged(evidenceOf([lab]), { ...use, ...members }));
    expect(said({})).toBe('probable lab');
    expect(said({ region: 'eu-west-1' })).toBe('none');
    expect(said(named('nightly'))).toBe('none');
  });
});

test('what Athena or Redshift reads with the role is no job’s, by whichever member names the service', () => {
  const job = aJob('job-a', {}, { inputs });
  const read = aUse({ ...ofObject('data/v1/x'), ...inSession('h', 1) });
  const said = (members: Partial<JudgedUse>) => inShort(judged(evidenceOf([job]), { ...read, ...members }));
  expect(said({})).toBe('probable job-a');
  expect(said({ userAgent: 'athena.amazonaws.com' })).toBe('none');
  expect(said({ sourceIp: 'redshift-serverless.amazonaws.com' })).toBe('none');
  expect(said({ userAgent: 'athena.amazonaws.com.example.org' })).toBe('probable job-a');
});
