import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { simulate } from '../../simulator/simulate.ts';
import { DEFAULT_OPTIONS } from '../../simulator/simulation-options.ts';
import type { JobTruth, TruthLine } from '../../simulator/truth.ts';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { declaredKeysOf } from '../../src/sagemaker/declared-keys.ts';
import type { Job } from '../../src/sagemaker/job.ts';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import { jobsOf } from '../../src/sagemaker/jobs-of.ts';

const truths: TruthLine[] = [];
const files = [
  ...simulate(
    { ...DEFAULT_OPTIONS, days: 4, uses: 8000, keys: 40, principals: 60, jobsPerDay: 60 },
    { onTruth: (line) => truths.push(line) },
  ),
];
const options = { hashAccessKey: (id: string) => `hash of ${id}` };

function valuesIn(path: string, bytes: Buffer): readonly unknown[] {
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return path.includes('.ndjson')
    ? text
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
    : JSON.parse(text).Records;
}

const facts = files
  .flatMap(({ path, bytes }) => valuesIn(path, bytes))
  .flatMap((value): readonly JobFact[] => {
    const event = parseEvent(value, options);
    return event.kind === 'job-event' || event.kind === 'session' ? event.facts : [];
  });
const jobs = jobsOf(facts);
const known = truths.filter((line): line is JobTruth => line.truth === 'job' && line.known);

const skewMs = 60_000;
const byId = new Map(jobs.map((job): [string, Job] => [job.id, job]));
const pairs = known.map((truth) => ({
  truth,
  job: byId.get(`${truth.jobArn}|${Date.parse(truth.createdTime)}`),
}));
/** Neither its own state changes nor its create record tell a transform job's role: its model's does. */
const withRole = pairs.filter(({ truth }) => truth.type !== 'transform-job' || truth.createRecord);

function idOf({ jobArn, createdTime }: JobTruth): string {
  return `${jobArn}|${Date.parse(createdTime)}`;
}

function keysOf(job: Job | undefined): object | undefined {
  // An alias resolves to nothing here: its name alone is compared.
  const keys = job === undefined ? undefined : declaredKeysOf(job, () => undefined);
  return keys === undefined || keys.unresolved.length > 0
    ? undefined
    : { volume: keys.volume, output: keys.output };
}

describe('the jobs of a simulation', () => {
  test('are the known ones, each once, and no other', () => {
    expect(known.length).toBeGreaterThan(200);
    expect(known.filter(({ reusesName }) => reusesName).length).toBeGreaterThan(3);
    expect(known.filter(({ failedCreates }) => failedCreates > 0).length).toBeGreaterThan(3);
    expect(jobs.map(({ id }) => id).sort()).toEqual(known.map(idOf).sort());
  });

  test('are what and where they are', () => {
    for (const { truth, job } of pairs) {
      expect(job).toMatchObject({
        type: truth.type === 'fine-tuning-job' ? 'job' : truth.type,
        name: truth.name,
        accountId: truth.accountId,
        region: truth.region,
      });
    }
  });

  test('run under their role, and under none that nothing tells', () => {
    for (const { truth, job } of withRole) {
      expect([truth.jobArn, job?.roleArns]).toEqual([truth.jobArn, [truth.roleArn]]);
    }
    expect(pairs.length - withRole.length).toBeLessThan(10);
  });

  test('were asked for by who launched them, a tuning job’s children by who launched that', () => {
    for (const { truth, job } of pairs.filter(({ job }) => job?.launcher !== undefined)) {
      expect([truth.jobArn, job?.launcher?.id]).toEqual([truth.jobArn, truth.launcher]);
      if (truth.sourceIdentity !== undefined && truth.parentJobArn === undefined) {
        expect(job?.launcher?.sourceIdentity).toBe(truth.sourceIdentity);
      }
    }
    expect(pairs.filter(({ truth, job }) => truth.createRecord && job?.launcher === undefined)).toEqual([]);
  });

  test('start when they do, where a state change tells it', () => {
    const started = pairs.filter(({ job }) => job?.started !== undefined);
    expect(started.length).toBeGreaterThan(150);
    for (const { truth, job } of started) {
      expect(job?.started).toEqual({ timeMs: Date.parse(truth.startedTime), from: 'told' });
    }
  });

  test('end when they do, or at a bound after it, and what lasts does not end', () => {
    for (const { truth, job } of pairs) {
      const ended = truth.endedTime === undefined ? undefined : Date.parse(truth.endedTime);
      switch (job?.ended?.from) {
        case 'told':
          expect([truth.jobArn, job.ended.timeMs]).toEqual([truth.jobArn, ended]);
          break;
        case 'event':
          expect(Math.abs(job.ended.timeMs - (ended ?? 0))).toBeLessThanOrEqual(skewMs);
          break;
        case 'next-run':
        case 'maximum-runtime':
          expect(job.ended.timeMs).toBeGreaterThan(ended ?? Date.parse(truth.createdTime));
          break;
        case undefined:
          expect(['endpoint', 'notebook-instance', 'feature-group']).toContain(truth.type);
          break;
      }
    }
    expect(new Set(pairs.map(({ job }) => job?.ended?.from))).toEqual(
      new Set(['told', 'event', 'maximum-runtime', undefined]),
    );
  });

  test('declare their keys, by ARN, id or in their endpoint’s configuration', () => {
    const resolved = withRole.filter(({ truth, job }) => truth.createRecord && keysOf(job) !== undefined);
    expect(resolved.length).toBeGreaterThan(100);
    for (const { truth, job } of resolved) {
      const { volume, output: told } = truth.declaredKeys;
      // A notebook's request has no output to declare a key for.
      const output = truth.type === 'notebook-instance' ? undefined : told;
      expect([truth.jobArn, keysOf(job)]).toEqual([
        truth.jobArn,
        { volume: volume === undefined ? [] : [volume], output: output === undefined ? [] : [output] },
      ]);
    }
  });

  test('belong to their tuning jobs, told or by name', () => {
    for (const { truth, job } of pairs) {
      const ofJobs = job?.parents.filter((arn) => !arn.includes(':pipeline/'));
      expect([truth.jobArn, ofJobs]).toEqual([
        truth.jobArn,
        truth.parentJobArn === undefined ? [] : [truth.parentJobArn],
      ]);
    }
    const tuning = jobs.filter(({ type }) => type === 'hyper-parameter-tuning-job');
    expect(tuning.length).toBeGreaterThan(3);
    for (const { children } of tuning) expect(children.length).toBeGreaterThan(0);
  });

  test('have nothing of their secrets in any fact', () => {
    expect(JSON.stringify(facts)).not.toContain('SIMULATED-SECRET');
    expect(JSON.stringify(files.map(({ path, bytes }) => valuesIn(path, bytes)))).toContain(
      'SIMULATED-SECRET',
    );
  });
});
