import { decryptCall, objectContext } from './background-uses.ts';
import { addIncident, type IncidentPlan, times } from './incident-plan.ts';
import { findJob, mayDeclare, objectWrite } from './job-incidents.ts';
import { sessionAt } from './job-session.ts';
import { direct, emitKms, through } from './kms-call.ts';
import { makeSession } from './principal.ts';
import type { SimulatedJob } from './simulated-job.ts';
import { aliasAt, type SimulatedKey } from './simulated-key.ts';
import { HOUR_MS, MINUTE_MS } from './time-text.ts';

/** Keys are learned for two weeks; before that nobody is new on them. */
const LEARNED_DAY = 15;

/** Incidents in simulations that are long enough for keys to be learned. Planned last: they change no earlier draws. */
export function planLearnedIncidents(plan: IncidentPlan): void {
  if (plan.world.options.days <= LEARNED_DAY + 1) return;
  newcomer(plan);
  policyForAnyone(plan);
  replicated(plan);
  const person = personBehindLiveJob(plan);
  // In a session that jobs share, nothing tells which of them it was.
  const isShared = plan.world.options.customs.credentials === 'shared';
  const elsewhere = isShared ? undefined : writesElsewhere(plan, [person]);
  if (!isShared) credentialsOutliveJob(plan, [person, elsewhere]);
  aliasMoved(plan);
}

function newcomer(plan: IncidentPlan): void {
  const { key, home } = plan;
  const intruder = plan.newRole('simulated-newcomer');
  plan.at(plan.on(LEARNED_DAY, 11.7), (slice, timeMs) => {
    const caller = direct(slice.session(intruder));
    const events = times(3, timeMs, 20_000).map((useMs) =>
      emitKms(slice, { timeMs: useMs, region: key.region, key, caller, ...decryptCall('') }),
    );
    const subject = {
      keyArn: key.arn,
      principalId: intruder.id,
      alsoRules: ['unexpected-principal'],
      ...home,
    };
    addIncident(slice, 'first-seen-principal', subject, events);
  });
}

function policyForAnyone(plan: IncidentPlan): void {
  const { key, popular } = plan;
  const policy =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt"],"Resource":"*"}]}';
  plan.at(plan.on(LEARNED_DAY, 9.3), (slice, timeMs) => {
    const event = emitKms(slice, {
      ...{ timeMs, region: key.region, key, caller: direct(slice.session(popular.principal)) },
      operation: 'PutKeyPolicy',
      request: `{"keyId":"${key.arn}","policyName":"default","policy":${JSON.stringify(policy)},"bypassPolicyLockoutSafetyCheck":false}`,
      readOnly: false,
    });
    addIncident(slice, 'key-policy-changed', { keyArn: key.arn }, [event]);
  });
}

function replicated(plan: IncidentPlan): void {
  const { key, popular } = plan;
  plan.at(plan.on(LEARNED_DAY, 9.6), (slice, timeMs) => {
    const event = emitKms(slice, {
      ...{ timeMs, region: key.region, key, caller: direct(slice.session(popular.principal)) },
      operation: 'ReplicateKey',
      request: `{"keyId":"${key.arn}","replicaRegion":"ap-northeast-2","bypassPolicyLockoutSafetyCheck":false,"description":""}`,
      readOnly: false,
    });
    addIncident(slice, 'key-replicated', { keyArn: key.arn }, [event]);
  });
}

function isOther(taken: readonly (SimulatedJob | undefined)[]): (job: SimulatedJob) => boolean {
  const arns = new Set(taken.flatMap((job) => (job === undefined ? [] : [job.arn])));
  const roles = new Set(taken.flatMap((job) => (job === undefined ? [] : [job.role.id])));
  return (job) => !job.reusesName && !arns.has(job.arn) && !roles.has(job.role.id);
}

/** A person assumes the role of a job while the job runs. */
function personBehindLiveJob(plan: IncidentPlan): SimulatedJob | undefined {
  const { world } = plan;
  const job = findJob(
    world,
    LEARNED_DAY,
    (one) =>
      isOther([])(one) &&
      one.role !== world.nightlyRole &&
      one.endedMs - one.startedMs > 20 * MINUTE_MS &&
      one.endedMs < world.toMs,
  );
  if (job?.outputKey === undefined) return job;
  const { outputKey } = job;
  plan.at(job.startedMs + 10 * MINUTE_MS, (slice, timeMs) => {
    const sessionName = 'mina.simulated@example.com';
    const session = makeSession(slice.random, job.role, timeMs - 120_000, { sessionName });
    const context = objectContext(`${job.inputPath}/part-00007.parquet`);
    const events = times(2, timeMs, 30_000).map((useMs) =>
      emitKms(slice, {
        ...{ timeMs: useMs, region: outputKey.region, key: outputKey },
        caller: through(session, 'AWS Internal'),
        ...decryptCall(context),
      }),
    );
    const subject = { keyArn: outputKey.arn, principalId: job.role.id };
    addIncident(slice, 'use-without-job', { ...subject, alsoRules: ['first-seen-principal'] }, events);
  });
  return job;
}

/** In its own session a job writes into a bucket, with a key, that it declares nowhere. */
function writesElsewhere(
  plan: IncidentPlan,
  taken: readonly (SimulatedJob | undefined)[],
): SimulatedJob | undefined {
  const { world, key, home } = plan;
  const job = findJob(
    world,
    LEARNED_DAY,
    (one) =>
      isOther(taken)(one) &&
      !mayDeclare(one, key) &&
      one.endedMs < world.toMs &&
      one.team.place.accountId === home.accountId &&
      one.team.place.region === home.region,
  );
  if (job?.outputKey === undefined) return job;
  const { outputKey } = job;
  plan.at(job.startedMs + 2 * MINUTE_MS, (slice, timeMs) => {
    const caller = through(sessionAt(slice, job, timeMs), job.via);
    const write = (useMs: number, of: typeof key, path: string) =>
      emitKms(slice, {
        ...{ timeMs: useMs, region: of.region, key: of, caller, job },
        ...objectWrite(of, path),
        evidence: of === key ? 'role-key-time' : 'job-object',
      });
    write(timeMs, outputKey, `${job.outputPath}/output/progress.json`);
    const event = write(timeMs + 20_000, key, 'simulated-elsewhere/dump/x.bin');
    const subject = { keyArn: key.arn, jobArn: job.arn, principalId: job.role.id };
    addIncident(slice, 'undeclared-key', { ...subject, alsoRules: ['first-seen-principal'] }, [event]);
  });
  return job;
}

/** The credentials of a job that is over read its model. */
function credentialsOutliveJob(plan: IncidentPlan, taken: readonly (SimulatedJob | undefined)[]): void {
  const { world } = plan;
  const job = findJob(
    world,
    LEARNED_DAY,
    (one) =>
      isOther(taken)(one) &&
      one.stateChanges &&
      one.endedMs + 3 * HOUR_MS < world.toMs &&
      one.role !== world.nightlyRole,
  );
  if (job?.outputKey === undefined) return;
  const { outputKey } = job;
  const path = `${job.outputPath}/output/model.tar.gz`;
  // The last session of the job, in which it wrote its model.
  const lastMs = Math.max(job.startedMs, job.endedMs - MINUTE_MS);
  plan.at(lastMs, (slice, timeMs) => {
    const caller = through(sessionAt(slice, job, lastMs), job.via);
    const call = { timeMs, region: outputKey.region, key: outputKey, caller, job };
    emitKms(slice, { ...call, ...objectWrite(outputKey, path), evidence: 'job-object' });
  });
  plan.at(job.endedMs + 2 * HOUR_MS, (slice, timeMs) => {
    const caller = through(sessionAt(slice, job, lastMs), job.via);
    const call = { timeMs, region: outputKey.region, key: outputKey, caller };
    const event = emitKms(slice, { ...call, ...decryptCall(objectContext(path)) });
    const subject = { keyArn: outputKey.arn, principalId: job.role.id, jobArn: job.arn };
    addIncident(slice, 'use-outside-job-window', { ...subject, alsoRules: ['use-without-job'] }, [event]);
  });
}

function isOfPlace(one: SimulatedKey | undefined, other: SimulatedKey): boolean {
  return one?.accountId === other.accountId && one.region === other.region && one !== other;
}

/** The alias by which a job's request names its key is pointed at another key. */
function aliasMoved(plan: IncidentPlan): void {
  const { world, key, popular } = plan;
  const movedMs = plan.on(LEARNED_DAY + 1, 21.5);
  const aliasOf = ({ keyForm, outputKey, createdMs }: SimulatedJob) => {
    const alias = keyForm === 'alias' && outputKey !== undefined ? aliasAt(outputKey, createdMs) : undefined;
    return alias !== undefined && outputKey !== undefined && aliasAt(outputKey, movedMs) === alias
      ? alias
      : undefined;
  };
  const job = findJob(world, 1, (one) => isOfPlace(one.outputKey, key) && aliasOf(one) !== undefined);
  const alias = job === undefined ? undefined : aliasOf(job);
  if (job?.outputKey === undefined || alias === undefined) return;
  const { accountId, region } = job.outputKey;
  for (const span of job.outputKey.aliases) if (span.name === alias) span.toMs = Math.min(span.toMs, movedMs);
  key.aliases.push({ name: alias, fromMs: movedMs, toMs: Number.POSITIVE_INFINITY });
  plan.at(movedMs, (slice, timeMs) => {
    const event = emitKms(slice, {
      ...{ timeMs, region, key, caller: direct(slice.session(popular.principal)) },
      operation: 'UpdateAlias',
      request: `{"aliasName":"${alias}","targetKeyId":"${key.id}"}`,
      resources: `[{"accountId":"${accountId}","type":"AWS::KMS::Key","ARN":"${key.arn}"},{"accountId":"${accountId}","type":"AWS::KMS::Alias","ARN":"arn:aws:kms:${region}:${accountId}:${alias}"}]`,
      keyRef: alias,
      readOnly: false,
    });
    addIncident(slice, 'alias-moved', { keyArn: key.arn, accountId, region }, [event]);
  });
}
