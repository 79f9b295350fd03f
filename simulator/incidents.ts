import { decryptCall, emitDenied, emitUsualUse } from './background-uses.ts';
import { planCrossAccountIncidents } from './cross-account-incidents.ts';
import { addIncident, IncidentPlan, OUTSIDE_ACCOUNT, times } from './incident-plan.ts';
import { planJobIncidents } from './job-incidents.ts';
import { direct, emitKms } from './kms-call.ts';
import { planLearnedIncidents } from './learned-incidents.ts';
import { makePrincipal } from './principal.ts';
import type { Scheduled } from './schedule.ts';
import { drawVersion, type Slice } from './slice.ts';
import { MINUTE_MS, SECOND_MS, timeText } from './time-text.ts';
import type { World } from './world.ts';

/** The incidents planted for the alert rules, but for those about keys themselves, which are in `keyStory`. */
export function planIncidents(world: World): Scheduled[] {
  const { options } = world;
  const plan = options.incidents && options.days >= 2 ? IncidentPlan.of(world) : undefined;
  if (plan === undefined) return [];
  // The order of the calls is the order of the draws.
  firstSeenPrincipal(plan);
  deniedBurst(plan);
  rootUse(plan);
  planJobIncidents(plan);
  planCrossAccountIncidents(plan);
  volumeSpike(plan);
  useStopped(plan);
  unexpectedGrantee(plan);
  coverageLost(plan);
  planLearnedIncidents(plan);
  return plan.scheduled;
}

function firstSeenPrincipal(plan: IncidentPlan): void {
  const { key, home } = plan;
  const intruder = plan.newRole('simulated-intruder');
  plan.at(plan.on(1, 11.2), (slice, timeMs) => {
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

function deniedBurst(plan: IncidentPlan): void {
  const { key, principal } = plan.rare;
  plan.at(plan.on(1, 12.5), (slice, timeMs) => {
    const events = times(14, timeMs, 30_000).map((useMs) => emitDenied(slice, key, principal, useMs, true));
    addIncident(slice, 'denied-burst', { keyArn: key.arn, principalId: principal.id }, events);
  });
}

function rootUse(plan: IncidentPlan): void {
  const { key, home } = plan;
  const root = makePrincipal(plan.random, 'root', home, 'root', '', '');
  plan.at(plan.on(1, 13.1), (slice, timeMs) => {
    const caller = direct(slice.session(root));
    const events = times(2, timeMs, 60_000).map((useMs) =>
      emitKms(slice, { timeMs: useMs, region: key.region, key, caller, ...decryptCall('') }),
    );
    const subject = { keyArn: key.arn, ...home, principalId: root.id, alsoRules: ['first-seen-principal'] };
    addIncident(slice, 'root-use', subject, events);
  });
}

/** Far more uses in ten minutes than the pair of key and principal makes in a day. */
function volumeSpike(plan: IncidentPlan): void {
  const { world, rare } = plan;
  const { options } = world;
  const hourly =
    (options.uses * rare.weight) / world.usualPairs.total / (24 * options.days) / (1 - options.quietShare);
  const spike = Math.max(160, Math.ceil(15 * hourly));
  plan.at(plan.on(options.days - 1, 10.1), (slice, timeMs) => {
    const { key, principal } = rare;
    const caller = direct(slice.session(principal));
    const context = `{"department":"${principal.name}"}`;
    const events = times(spike, timeMs, 4000).map((useMs) =>
      emitKms(slice, { timeMs: useMs, region: key.region, key, caller, ...decryptCall(context) }),
    );
    addIncident(slice, 'volume-spike', { keyArn: key.arn, principalId: principal.id }, events);
  });
}

/** A role uses the key every day, up to some days before the end. */
function useStopped(plan: IncidentPlan): void {
  const { key } = plan;
  const { days } = plan.world.options;
  if (days < 19) return;
  const diligent = plan.newRole('simulated-daily-report');
  const last = days - 5;
  for (let day = 0; day <= last; day++) {
    for (let nth = 0; nth < 3; nth++) {
      plan.at(plan.on(day, 6.25) + nth * MINUTE_MS, (slice, timeMs) =>
        emitUsualUse(slice, key, diligent, timeMs),
      );
    }
  }
  plan.at(plan.on(last + 3, 6.5), (slice, timeMs) => {
    const subject = { keyArn: key.arn, principalId: diligent.id };
    slice.truths.push({ truth: 'incident', rule: 'use-stopped', ...subject, time: timeText(timeMs) });
  });
}

function unexpectedGrantee(plan: IncidentPlan): void {
  const { key, home } = plan;
  const giver = makePrincipal(plan.random, 'user', home, 'mallory', 'contractors/', '');
  const grantee = `arn:aws:iam::${OUTSIDE_ACCOUNT}:role/collector`;
  plan.at(plan.on(1, 16.2), (slice, timeMs) => {
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
    const subject = {
      keyArn: key.arn,
      grantee,
      principalId: giver.id,
      alsoRules: ['first-seen-principal'],
    };
    addIncident(slice, 'unexpected-grantee', subject, [event]);
  });
}

/** The trail of a place is stopped for a while. */
function coverageLost(plan: IncidentPlan): void {
  const { gap } = plan.world;
  if (gap === undefined) return;
  const { accountId, region } = gap.place;
  plan.at(gap.fromMs - 30 * SECOND_MS, (slice, timeMs) => {
    trailCall(slice, gap.place, 'StopLogging', timeMs);
    slice.truths.push({
      truth: 'incident',
      rule: 'coverage-lost',
      accountId,
      region,
      time: timeText(timeMs),
    });
  });
  plan.at(gap.toMs + 5 * SECOND_MS, (slice, timeMs) => trailCall(slice, gap.place, 'StartLogging', timeMs));
}

function trailCall(
  slice: Slice,
  { accountId, region }: IncidentPlan['home'],
  name: string,
  timeMs: number,
): void {
  const { record, random } = slice;
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
