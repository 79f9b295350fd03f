import type { Customs } from './customs.ts';
import { makeSession, type SimulatedSession } from './principal.ts';
import { Random } from './random.ts';
import type { SimulatedJob } from './simulated-job.ts';
import type { Slice } from './slice.ts';
import { HOUR_MS } from './time-text.ts';

/** The name of a job's session, as SageMaker calls it in the account. */
export function sessionNameOf(
  { sessionNames }: Customs,
  { type, name }: Pick<SimulatedJob, 'type' | 'name'>,
  anotherJob: string | undefined,
  seed: string,
): string {
  const random = new Random(seed, 'session-name');
  switch (sessionNames) {
    case 'alike':
      return 'SageMaker';
    case 'by-job':
      return `SageMaker-${name}`.slice(0, 64);
    case 'by-kind':
      return nameByKind(type, name, random);
    case 'random':
      return random.hex(32);
    case 'of-another-job':
      return `SageMaker-${anotherJob ?? name}`.slice(0, 64);
    case 'like-people':
      return random.pick([
        `botocore-session-17${70_000_000 + random.int(10_000_000)}`,
        `aws-sdk-js-session-17${random.int(90_000_000)}`,
        `i-0${random.hex(16)}`,
        `${random.pick(['alice', 'bob', 'carol'])}.simulated`,
        'GlueJobRunnerSession',
      ]);
    default:
      return sessionNames satisfies never;
  }
}

function nameByKind(type: SimulatedJob['type'], name: string, random: Random): string {
  switch (type) {
    case 'training-job':
      return `SageMaker-${name}`.slice(0, 64);
    case 'processing-job':
      return random.hex(32);
    case 'transform-job':
      return 'SageMaker';
    case 'endpoint':
      return `serving-${random.hex(10)}`;
    case 'automl-job':
      return 'AmazonSageMaker-AutoML';
    default:
      return 'SageMaker';
  }
}

const sessions = new WeakMap<SimulatedJob, Map<number, SimulatedSession>>();

/** The session in which a job works at a time. */
export function sessionAt({ world }: Slice, job: SimulatedJob, timeMs: number): SimulatedSession {
  const { credentials } = world.options.customs;
  if (credentials === 'one-a-job') return job.session;
  const hour =
    credentials === 'shared'
      ? Math.floor(timeMs / HOUR_MS)
      : Math.max(0, Math.floor((timeMs - job.sessionPlan.firstMs) / HOUR_MS));
  let ofJob = sessions.get(job);
  if (ofJob === undefined) {
    ofJob = new Map();
    sessions.set(job, ofJob);
  }
  let session = ofJob.get(hour);
  if (session === undefined) {
    session = credentials === 'shared' ? sharedSession(job, hour) : renewedSession(job, hour, credentials);
    ofJob.set(hour, session);
  }
  return session;
}

function renewedSession(
  job: SimulatedJob,
  hour: number,
  credentials: Customs['credentials'],
): SimulatedSession {
  if (hour === 0) return job.session;
  const { sessionName, firstMs, options } = job.sessionPlan;
  const random = new Random(job.seed, 'session', hour);
  const beganMs = credentials === 'hourly-keys' ? firstMs : firstMs + hour * HOUR_MS;
  return makeSession(random, job.role, beganMs, { ...options, sessionName });
}

function sharedSession(job: SimulatedJob, hour: number): SimulatedSession {
  const random = new Random(job.role.uniqueId, 'shared', hour);
  return makeSession(random, job.role, hour * HOUR_MS - random.int(90) * 1000, { sessionName: 'SageMaker' });
}
