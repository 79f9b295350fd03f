import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CHANGES_KEPT } from '../../src/cloudtrail/source-change.ts';
import { CRYPTOGRAPHIC_OPERATIONS, KMS_OPERATIONS } from '../../src/kms/kms-operations.ts';
import { resourceKinds } from '../../src/sagemaker/resource-kinds.ts';
import { matchesPattern } from './event-pattern.ts';
import { packagedHub, readSpoke } from './packaged.ts';
import { arnOf, resourcesOf, type Template } from './template.ts';

const ruleSchema = z.looseObject({
  Name: z.string(),
  State: z.string(),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  Targets: z.array(
    z.looseObject({ Arn: z.unknown(), DeadLetterConfig: z.unknown(), RetryPolicy: z.unknown() }),
  ),
});
type Rule = z.infer<typeof ruleSchema>;

function anApiCall(service: string, eventName: string, more: object = {}) {
  return {
    source: `aws.${service}`,
    'detail-type': 'AWS API Call via CloudTrail',
    resources: [],
    detail: { eventSource: `${service}.amazonaws.com`, eventName, ...more },
  };
}

/** A service's own event, which nobody called for. */
function aServiceEvent(service: string, eventName: string) {
  return { ...anApiCall(service, eventName), 'detail-type': 'AWS Service Event via CloudTrail' };
}

describe('the rules on the default bus', () => {
  let hub: Template;
  let rules: ReadonlyMap<string, Rule>;
  let heard: ReadonlyMap<string, NonNullable<Rule['EventPattern']>>;

  beforeAll(async () => {
    hub = (await packagedHub()).template;
    rules = resourcesOf(hub, 'AWS::Events::Rule', ruleSchema);
    heard = new Map(
      [...rules].flatMap(([id, { EventPattern, Targets }]) =>
        EventPattern !== undefined && Targets.some(({ Id }) => Id === 'ingest') ? [[id, EventPattern]] : [],
      ),
    );
  });

  const rulesThatMatch = (event: unknown) =>
    [...heard].filter(([, pattern]) => matchesPattern(pattern, event)).map(([id]) => id);

  it('are in the state that read-only management events reach', () => {
    expect(heard.size).toBe(7);
    for (const id of heard.keys()) {
      expect(rules.get(id)?.State, id).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
    }
  });

  it('have patterns of at most 2,048 characters, of events that only AWS can put', () => {
    for (const [id, pattern] of heard) {
      expect(JSON.stringify(pattern).length, id).toBeLessThanOrEqual(2048);
      for (const source of z.array(z.string()).parse(pattern['source'])) expect(source, id).toMatch(/^aws\./);
    }
  });

  it.each(KMS_OPERATIONS)('hear of %s once, unless it only looks at a key', (operation) => {
    const expected = /^(?:Describe|Get|List)/.test(operation)
      ? []
      : [CRYPTOGRAPHIC_OPERATIONS.some((name) => name === operation) ? 'KmsUseRule' : 'KmsManagementRule'];
    expect(rulesThatMatch(anApiCall('kms', operation))).toEqual(expected);
    expect(rulesThatMatch(aServiceEvent('kms', operation))).toEqual(expected);
    const overAnEndpoint = { 'detail-type': 'AWS Network Activity Event via CloudTrail' };
    expect(rulesThatMatch({ ...anApiCall('kms', operation), ...overAnEndpoint })).toEqual(expected);
  });

  it.each(['GenerateDataKeyTriple', 'Transcipher', 'CreateKeyring'])(
    'hear of %s once, which is not there yet',
    (operation) => {
      expect(rulesThatMatch(anApiCall('kms', operation))).toHaveLength(1);
    },
  );

  it('hear of every call about a resource that the join has a use for, and of no look at one', () => {
    for (const api of resourceKinds.flatMap(({ apis }) => apis)) {
      for (const verb of ['Create', 'Update', 'Start', 'Stop', 'Delete']) {
        expect(rulesThatMatch(anApiCall('sagemaker', verb + api)), verb + api).toEqual([
          'SageMakerCallsRule',
        ]);
      }
      expect(rulesThatMatch(anApiCall('sagemaker', `Describe${api}`)), api).toEqual([]);
    }
    expect(rulesThatMatch(aServiceEvent('sagemaker', 'CreateTrainingJob'))).toEqual(['SageMakerCallsRule']);
  });

  it('hear of exactly the state changes that the join has a use for', () => {
    const understood = [
      ...resourceKinds.flatMap(({ detailTypes }) => detailTypes ?? []),
      'Model Building Pipeline Execution Step Status Change',
    ].map((detailType) => `SageMaker ${detailType}`);
    const pattern = heard.get('SageMakerStateChangesRule');
    expect(z.array(z.string()).parse(pattern?.['detail-type']).toSorted()).toEqual(understood.toSorted());
    for (const detailType of understood) {
      const event = { source: 'aws.sagemaker', 'detail-type': detailType, detail: {} };
      expect(rulesThatMatch(event), detailType).toEqual(['SageMakerStateChangesRule']);
    }
  });

  it('hear of sessions that SageMaker begins, and of nobody else’s', () => {
    const by = (invokedBy: string, more = {}) =>
      anApiCall('sts', 'AssumeRole', { userIdentity: { type: 'AWSService', invokedBy }, ...more });
    expect(rulesThatMatch(by('sagemaker.amazonaws.com'))).toEqual(['SageMakerSessionsRule']);
    expect(rulesThatMatch(by('sagemaker-geospatial.amazonaws.com'))).toEqual(['SageMakerSessionsRule']);
    expect(rulesThatMatch(by('lambda.amazonaws.com'))).toEqual([]);
    expect(rulesThatMatch(by('sagemaker.amazonaws.com', { errorCode: 'AccessDenied' }))).toEqual([]);
  });

  it('hear of log streams in SageMaker’s groups only', () => {
    const inGroup = (logGroupName: string) =>
      anApiCall('logs', 'CreateLogStream', { requestParameters: { logGroupName } });
    expect(rulesThatMatch(inGroup('/aws/sagemaker/TrainingJobs'))).toEqual(['SageMakerLogStreamsRule']);
    expect(rulesThatMatch(inGroup('/aws/lambda/churn'))).toEqual([]);
  });

  it('hear of exactly the changes to trails and rules that are kept', () => {
    const names = z.array(
      z.looseObject({ eventSource: z.array(z.string()), eventName: z.array(z.string()) }),
    );
    const detail = z.looseObject({ $or: names }).parse(heard.get('WatchedSourcesRule')?.['detail']);
    const listened = detail.$or.flatMap(({ eventSource, eventName }) =>
      eventName.map((name) => `${eventSource.join()} ${name}`),
    );
    const kept = [...CHANGES_KEPT].flatMap(([source, calls]) =>
      [...calls.keys()].map((name) => `${source} ${name}`),
    );
    expect(listened.toSorted()).toEqual(kept.toSorted());
  });

  it('hear when a trail, or one of these rules, is changed or stopped', () => {
    const trailCalls = ['CreateTrail', 'DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'];
    for (const call of trailCalls) {
      expect(rulesThatMatch(anApiCall('cloudtrail', call)), call).toEqual(['WatchedSourcesRule']);
    }
    for (const id of heard.keys()) {
      const name = rules.get(id)?.Name;
      for (const call of ['DeleteRule', 'DisableRule', 'PutRule']) {
        const event = anApiCall('events', call, { requestParameters: { name } });
        expect(rulesThatMatch(event), `${call} of ${id}`).toEqual(['WatchedSourcesRule']);
      }
      const event = anApiCall('events', 'RemoveTargets', { requestParameters: { rule: name } });
      expect(rulesThatMatch(event), `RemoveTargets of ${id}`).toEqual(['WatchedSourcesRule']);
    }
    expect(
      rulesThatMatch(anApiCall('events', 'PutRule', { requestParameters: { name: 'nightly' } })),
    ).toEqual([]);
  });

  it('all hand over with a retry policy and a queue for what they could not hand over', () => {
    for (const [id, { Targets }] of rules) {
      expect(Targets, id).toHaveLength(1);
      for (const target of Targets) {
        expect(target.DeadLetterConfig, id).toEqual({ Arn: arnOf('Undelivered') });
        expect(target.RetryPolicy, id).toMatchObject({ MaximumRetryAttempts: expect.any(Number) });
      }
    }
    for (const id of heard.keys()) {
      expect(rules.get(id)?.Targets[0], id).toMatchObject({
        Arn: arnOf('IngestQueue'),
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      });
    }
  });

  it('take other accounts’ events only from an organisation or from accounts that are named', () => {
    const policies = resourcesOf(
      hub,
      'AWS::Events::EventBusPolicy',
      z.looseObject({ Statement: z.unknown() }),
    );
    expect(policies.get('OrganisationMaySend')?.Statement).toMatchObject({
      Principal: '*',
      Action: 'events:PutEvents',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': { Ref: 'OrganisationId' } } },
    });
    expect(hub.Resources['OrganisationMaySend']?.Condition).toBe('HasOrganisation');
    expect(policies.get('SpokesMaySend')?.Statement).toMatchObject({
      Principal: { AWS: { Ref: 'SpokeAccounts' } },
      Action: 'events:PutEvents',
    });
    expect(hub.Resources['SpokesMaySend']?.Condition).toBe('HasSpokeAccounts');
    expect(policies.size).toBe(2);
  });

  it('are the same in a spoke, whose targets are the hub’s bus', async () => {
    const spoke = resourcesOf(await readSpoke(), 'AWS::Events::Rule', ruleSchema);
    expect([...spoke.keys()]).toEqual([...heard.keys()]);
    for (const [id, rule] of spoke) {
      expect(rule.EventPattern, id).toEqual(heard.get(id));
      expect(rule.State, id).toBe(rules.get(id)?.State);
      expect(rule.Targets, id).toEqual([
        {
          Id: 'hub',
          Arn: { Ref: 'HubEventBusArn' },
          RoleArn: arnOf('SendToHubRole'),
          DeadLetterConfig: { Arn: arnOf('Undelivered') },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ]);
    }
  });
});
