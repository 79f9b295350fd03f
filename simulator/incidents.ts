import { decryptCall, emitCustom, emitDenied, objectContext } from './background-uses.ts';
import { planJobs } from './job-plan.ts';
import { direct, emitKms, type KmsCall, through } from './kms-call.ts';
import { makePrincipal, makeSession, type SimulatedPrincipal } from './principal.ts';
import { Random } from './random.ts';
import type { Scheduled } from './schedule.ts';
import type { SimulatedJob } from './simulated-job.ts';
import type { SimulatedKey } from './simulated-key.ts';
import { drawVersion, type KmsDraft, type Slice } from './slice.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, timeText } from './time-text.ts';
import type { IncidentTruth } from './truth.ts';
import type { World } from './world.ts';

const OUTSIDE_ACCOUNT = '999988887777';

type Subject = Omit<IncidentTruth, 'truth' | 'rule' | 'time' | 'eventIds'>;

/** Tells an incident that these events make. */
function tell(slice: Slice, rule: string, subject: Subject, events: readonly KmsDraft[]): void {
  const [first] = events;
  if (first === undefined) return;
  slice.truths.push({
    truth: 'incident',
    rule,
    ...subject,
    time: first.eventTime,
    eventIds: events.slice(0, 20).map((event) => event.eventId),
  });
}

function times(count: number, startMs: number, stepMs: number): number[] {
  return Array.from({ length: count }, (_, nth) => startMs + nth * stepMs);
}

/** A job of a day that fits, with its evidence in object names and known from its create record. */
function findJob(world: World, from: number, fits: (job: SimulatedJob) => boolean): SimulatedJob | undefined {
  for (let day = from; day < world.options.days; day++) {
    const found = planJobs(world, day).find(
      (job) =>
        job.type === 'training-job' &&
        job.parent === undefined &&
        job.createRecord &&
        !job.bucketKeys &&
        !job.removeJobName &&
        job.outputKey !== undefined &&
        fits(job),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function objectWrite(key: SimulatedKey, path: string): Pick<KmsCall, 'operation' | 'request'> {
  return {
    operation: 'GenerateDataKey',
    request: `{"keyId":"${key.arn}","keySpec":"AES_256","encryptionContext":${objectContext(path)}}`,
  };
}

function trailCall(slice: Slice, world: World, name: string, timeMs: number): void {
  const { gap } = world;
  if (gap === undefined) return;
  const { record, random } = slice;
  const { accountId, region } = gap.place;
  record.version = drawVersion(random);
  record.identity = `{"type":"Root","principalId":"${accountId}","arn":"arn:aws:iam::${accountId}:root","accountId":"${accountId}","accessKeyId":"ASIASIM${random.base32(13)}"}`;
  record.source = 'cloudtrail.amazonaws.com';
  record.name = name;
  record.region = region;
  record.account = accountId;
  record.ip = '203.0.113.66';
  record.agent = 'aws-cli/2.27.2';
  record.request = `{"name":"arn:aws:cloudtrail:${region}:${accountId}:trail/simulated"}`;
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  record.readOnly = false;
  record.tlsHost = `cloudtrail.${region}.amazonaws.com`;
  slice.emit(timeMs, undefined);
}

/** The incidents planted for the alert rules; those about keys themselves are in the keys' story. */
export function planIncidents(world: World): Scheduled[] {
  const { options } = world;
  if (!options.incidents || options.days < 2) return [];
  const random = new Random(options.seed, 'incidents');
  const list: Scheduled[] = [];
  const at = (timeMs: number, emit: (slice: Slice, timeMs: number) => void): void => {
    const whole = Math.floor(timeMs / SECOND_MS) * SECOND_MS;
    if (whole < world.toMs - HOUR_MS) list.push({ timeMs: whole, emit: (slice) => emit(slice, whole) });
  };
  /** At an hour of a day; the first day is for learning. */
  const on = (day: number, hour: number): number =>
    world.fromMs + Math.min(day, options.days - 1) * DAY_MS + hour * HOUR_MS;
  const customs = world.customs.items.filter(
    (custom) => custom.key.purpose === 'application' && custom.principal.kind !== 'root',
  );
  const [main] = world.places;
  const popular = customs.find(
    (custom) => custom.key.accountId === main?.accountId && custom.key.region === main.region,
  );
  const rare =
    customs.findLast((custom) => custom.principal !== popular?.principal && custom.key !== popular?.key) ??
    popular;
  if (popular === undefined || rare === undefined || main === undefined) return [];
  const home = { accountId: popular.key.accountId, region: popular.key.region };
  const stranger = (name: string): SimulatedPrincipal =>
    makePrincipal(random, 'application-role', home, name, '', 'i-05eed0123456789ab');
  const { key } = popular;

  const intruder = stranger('simulated-intruder');
  at(on(1, 11.2), (slice, timeMs) => {
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
    tell(slice, 'first-seen-principal', subject, events);
  });

  at(on(1, 12.5), (slice, timeMs) => {
    const events = times(14, timeMs, 30_000).map((useMs) =>
      emitDenied(slice, rare.key, rare.principal, useMs, true),
    );
    tell(slice, 'denied-burst', { keyArn: rare.key.arn, principalId: rare.principal.id }, events);
  });

  const root = makePrincipal(random, 'root', home, 'root', '', '');
  at(on(1, 13.1), (slice, timeMs) => {
    const caller = direct(slice.session(root));
    const events = times(2, timeMs, 60_000).map((useMs) =>
      emitKms(slice, { timeMs: useMs, region: key.region, key, caller, ...decryptCall('') }),
    );
    tell(
      slice,
      'root-use',
      { keyArn: key.arn, ...home, principalId: root.id, alsoRules: ['first-seen-principal'] },
      events,
    );
  });

  // The nightly job's role, in the afternoon.
  const [nightly] = world.teams;
  const nightlyKey = nightly?.outputKey;
  if (nightly !== undefined && nightlyKey !== undefined) {
    at(on(1, 14.4), (slice, timeMs) => {
      const caller = direct(
        makeSession(slice.random, world.nightlyRole, timeMs - 600_000, { sessionName: 'SageMaker' }),
      );
      const events = times(4, timeMs, 15_000).map((useMs) =>
        emitKms(slice, {
          timeMs: useMs,
          region: nightlyKey.region,
          key: nightlyKey,
          caller,
          ...decryptCall(''),
        }),
      );
      tell(slice, 'use-without-job', { keyArn: nightlyKey.arn, principalId: world.nightlyRole.id }, events);
    });
  }

  const over = findJob(
    world,
    1,
    (job) => !job.reusesName && job.role !== world.nightlyRole && job.endedMs + 6 * HOUR_MS < world.toMs,
  );
  if (over?.outputKey !== undefined) {
    const { outputKey } = over;
    at(over.endedMs + 5 * HOUR_MS, (slice, timeMs) => {
      const session = makeSession(slice.random, over.role, timeMs - 300_000);
      const caller = through(session, 'AWS Internal');
      const event = emitKms(slice, {
        timeMs,
        region: outputKey.region,
        key: outputKey,
        caller,
        ...objectWrite(outputKey, `${over.outputPath}/output/model.tar.gz`),
      });
      const subject = {
        keyArn: outputKey.arn,
        principalId: over.role.id,
        jobArn: over.arn,
        alsoRules: ['use-without-job'],
      };
      tell(slice, 'use-outside-job-window', subject, [event]);
    });
  }

  const secretive = findJob(
    world,
    1,
    (job) =>
      job !== over &&
      job.arn !== over?.arn &&
      job.endedMs < world.toMs &&
      job.team.place.accountId === home.accountId &&
      job.team.place.region === home.region,
  );
  if (secretive !== undefined) {
    at(secretive.startedMs + MINUTE_MS, (slice, timeMs) => {
      const event = emitKms(slice, {
        timeMs,
        region: key.region,
        key,
        caller: through(secretive.session, secretive.via),
        ...objectWrite(key, `${secretive.outputPath}/output/shadow.bin`),
        job: secretive,
        evidence: 'job-object',
      });
      const subject = { keyArn: key.arn, jobArn: secretive.arn, principalId: secretive.role.id };
      tell(slice, 'undeclared-key', { ...subject, alsoRules: ['first-seen-principal'] }, [event]);
    });
  }

  // A caller of an account that is not simulated: only the owner's copy exists.
  const outsiderId = `AROASIM${random.base32(14)}`;
  at(on(1, 15.3), (slice, timeMs) => {
    const event = emitKms(slice, {
      timeMs,
      region: key.region,
      key,
      caller: {
        principalId: `${OUTSIDE_ACCOUNT}/${outsiderId}`,
        accountId: key.accountId,
        identity: `{"type":"AWSAccount","principalId":"${outsiderId}:etl","accountId":"${OUTSIDE_ACCOUNT}"}`,
        ip: '203.0.113.9',
        agent: 'Boto3/1.40.2',
        vpcEndpointId: '',
        byItself: true,
      },
      ...decryptCall('{"share":"outside"}'),
      sharedEventId: slice.random.uuid(),
    });
    const subject = {
      keyArn: key.arn,
      principalId: `${OUTSIDE_ACCOUNT}/${outsiderId}`,
      alsoRules: ['first-seen-principal'],
    };
    tell(slice, 'cross-account-use', subject, [event]);
  });
  world.crossCustoms?.items.forEach((custom, index) => {
    at(world.fromMs + (1 + index * 0.3) * HOUR_MS, (slice, timeMs) => {
      const caller = direct(slice.session(custom.principal));
      const call = { timeMs, region: custom.key.region, key: custom.key, caller };
      const event = emitKms(slice, { ...call, ...decryptCall('{"share":"partner"}') });
      tell(slice, 'cross-account-use', { keyArn: custom.key.arn, principalId: custom.principal.id }, [event]);
    });
  });
  for (const team of world.teams) {
    if (team.dataKey.accountId === team.place.accountId) continue;
    for (const role of team.roles) {
      at(world.fromMs + 2 * HOUR_MS, (slice, timeMs) => {
        const caller = through(makeSession(slice.random, role, timeMs - 60_000), 'AWS Internal');
        const context = objectContext(`${team.inputBucket}/datasets/${team.name}/v1/part-00000.parquet`);
        const event = emitKms(slice, {
          timeMs,
          region: team.dataKey.region,
          key: team.dataKey,
          caller,
          ...decryptCall(context),
        });
        tell(slice, 'cross-account-use', { keyArn: team.dataKey.arn, principalId: role.id }, [event]);
      });
    }
  }

  const hourly =
    (options.uses * rare.weight) / world.customs.total / (24 * options.days) / (1 - options.quietShare);
  const spike = Math.max(160, Math.ceil(15 * hourly));
  // Far more in ten minutes than that pair makes in a day.
  at(on(options.days - 1, 10.1), (slice, timeMs) => {
    const events: KmsDraft[] = [];
    const spiky = direct(slice.session(rare.principal));
    for (const useMs of times(spike, timeMs, 4000)) {
      const context = `{"department":"${rare.principal.name}"}`;
      events.push(
        emitKms(slice, {
          timeMs: useMs,
          region: rare.key.region,
          key: rare.key,
          caller: spiky,
          ...decryptCall(context),
        }),
      );
    }
    tell(slice, 'volume-spike', { keyArn: rare.key.arn, principalId: rare.principal.id }, events);
  });

  if (options.days >= 19) {
    const diligent = stranger('simulated-daily-report');
    const last = options.days - 5;
    for (let day = 0; day <= last; day++) {
      for (let nth = 0; nth < 3; nth++) {
        at(on(day, 6.25) + nth * MINUTE_MS, (slice, timeMs) => emitCustom(slice, key, diligent, timeMs));
      }
    }
    at(on(last + 3, 6.5), (slice, timeMs) => {
      const subject = { keyArn: key.arn, principalId: diligent.id };
      slice.truths.push({ truth: 'incident', rule: 'use-stopped', ...subject, time: timeText(timeMs) });
    });
  }

  const giver = makePrincipal(random, 'user', home, 'mallory', 'contractors/', '');
  const grantee = `arn:aws:iam::${OUTSIDE_ACCOUNT}:role/collector`;
  at(on(1, 16.2), (slice, timeMs) => {
    const event = emitKms(slice, {
      timeMs,
      region: key.region,
      key,
      caller: direct(slice.session(giver)),
      operation: 'CreateGrant',
      request: `{"keyId":"${key.id}","granteePrincipal":"${grantee}","operations":["Decrypt","CreateGrant"]}`,
      response: `{"grantId":"${slice.random.hex(64)}","keyId":"${key.arn}"}`,
      keyRef: key.id,
      readOnly: false,
    });
    tell(
      slice,
      'unexpected-grantee',
      { keyArn: key.arn, grantee, principalId: giver.id, alsoRules: ['first-seen-principal'] },
      [event],
    );
  });

  const { gap } = world;
  if (gap !== undefined) {
    at(gap.fromMs - 30 * SECOND_MS, (slice, timeMs) => {
      trailCall(slice, world, 'StopLogging', timeMs);
      const { accountId, region } = gap.place;
      slice.truths.push({
        truth: 'incident',
        rule: 'coverage-lost',
        accountId,
        region,
        time: timeText(timeMs),
      });
    });
    at(gap.toMs + 5 * SECOND_MS, (slice, timeMs) => trailCall(slice, world, 'StartLogging', timeMs));
  }
  return list;
}
