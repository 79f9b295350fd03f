import { decryptCall, objectContext } from './background-uses.ts';
import { addIncident, type IncidentPlan, OUTSIDE_ACCOUNT } from './incident-plan.ts';
import { direct, emitKms, through } from './kms-call.ts';
import { makeSession } from './principal.ts';
import { HOUR_MS } from './time-text.ts';

/** The incidents of keys that another account uses. */
export function planCrossAccountIncidents(plan: IncidentPlan): void {
  useFromOutside(plan);
  usesByPartner(plan);
  usesByTeams(plan);
}

/** A caller from an account that is not simulated: only the key owner's copy of the record exists. */
function useFromOutside(plan: IncidentPlan): void {
  const { key } = plan;
  const outsiderId = `AROASIM${plan.random.base32(14)}`;
  const principalId = `${OUTSIDE_ACCOUNT}/${outsiderId}`;
  plan.at(plan.on(1, 15.3), (slice, timeMs) => {
    const event = emitKms(slice, {
      timeMs,
      region: key.region,
      key,
      caller: {
        principalId,
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
    const subject = { keyArn: key.arn, principalId, alsoRules: ['first-seen-principal'] };
    addIncident(slice, 'cross-account-use', subject, [event]);
  });
}

function usesByPartner(plan: IncidentPlan): void {
  const { world } = plan;
  world.crossAccountPairs?.items.forEach((pair, index) => {
    plan.at(world.fromMs + (1 + index * 0.3) * HOUR_MS, (slice, timeMs) => {
      const caller = direct(slice.session(pair.principal));
      const call = { timeMs, region: pair.key.region, key: pair.key, caller };
      const event = emitKms(slice, { ...call, ...decryptCall('{"share":"partner"}') });
      const subject = { keyArn: pair.key.arn, principalId: pair.principal.id };
      addIncident(slice, 'cross-account-use', subject, [event]);
    });
  });
}

/** The roles of teams whose data lie in another account. */
function usesByTeams(plan: IncidentPlan): void {
  const { world } = plan;
  for (const { name, dataKey, place, inputBucket, roles } of world.teams) {
    if (dataKey.accountId === place.accountId) continue;
    for (const role of roles) {
      plan.at(world.fromMs + 2 * HOUR_MS, (slice, timeMs) => {
        const caller = through(makeSession(slice.random, role, timeMs - 60_000), 'AWS Internal');
        const context = objectContext(`${inputBucket}/datasets/${name}/v1/part-00000.parquet`);
        const event = emitKms(slice, {
          timeMs,
          region: dataKey.region,
          key: dataKey,
          caller,
          ...decryptCall(context),
        });
        addIncident(slice, 'cross-account-use', { keyArn: dataKey.arn, principalId: role.id }, [event]);
      });
    }
  }
}
