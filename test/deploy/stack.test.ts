import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CLAIM_MS, SEND_MS } from '../../src/alerts/delivery/delivery-context.ts';
import { deliverySettingsOf } from '../../src/alerts/delivery/delivery-settings.ts';
import { retentionMonthsOf } from '../../src/retention/retention-months.ts';
import { type Hub, packagedHub, projectFolder } from './packaged.ts';
import { arnSchema, objectsWith, resourcesOf, type Template } from './template.ts';

const anyProperties = z.record(z.string(), z.unknown());
const metricSchema = z.looseObject({ MetricName: z.string(), Dimensions: z.array(z.unknown()) });
const key = { 'Fn::If': ['MakesKey', { 'Fn::GetAtt': ['TableKey', 'Arn'] }, { Ref: 'KeyArn' }] };
const hasCfnLint = spawnSync('cfn-lint', ['--version']).status === 0;

describe('the stack', () => {
  let hub: Hub;
  let template: Template;

  beforeAll(async () => {
    hub = await packagedHub();
    template = hub.template;
  });

  it('keeps the history in a table that is encrypted, recoverable and hard to delete', () => {
    expect(template.Resources['Table']).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    });
  });

  it('lets items go by no time of their own, which no legal hold would stop', () => {
    expect(template.Resources['Table']?.Properties).not.toHaveProperty('TimeToLiveSpecification');
  });

  it('tells the function its retention, 13 months unless another is chosen', () => {
    expect(retentionMonthsOf(String(template.Parameters['RetentionMonths']?.Default))).toBe(13);
    expect(template.Resources['ExpireLambdaFunction']?.Properties).toMatchObject({
      Environment: { Variables: { KEYTRAIL_RETENTION_MONTHS: { Ref: 'RetentionMonths' } } },
    });
  });

  it('makes a key that signs seals and stays, with which the function signs raw messages alone', () => {
    expect(template.Resources['SealKey']).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
    });
    expect(template.Resources['SealLambdaFunction']?.Properties).toMatchObject({
      Environment: { Variables: { KEYTRAIL_SEAL_KEY: { 'Fn::GetAtt': ['SealKey', 'Arn'] } } },
    });
    expect(objectsWith('Action', template.Resources['SealRole'])).toContainEqual({
      Sid: 'SignsSeals',
      Effect: 'Allow',
      Action: 'kms:Sign',
      Resource: { 'Fn::GetAtt': ['SealKey', 'Arn'] },
      Condition: { StringEquals: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' } },
    });
  });

  it('makes a key that rotates and stays, unless it is given one', () => {
    expect(template.Resources['TableKey']).toMatchObject({
      Condition: 'MakesKey',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { EnableKeyRotation: true },
    });
  });

  it('keeps quarantined records in a bucket that is private, encrypted and stays', () => {
    expect(template.Resources['QuarantineBucket']).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
            },
          ],
        },
      },
    });
  });

  it('lets nobody at the bucket or the queues without TLS', () => {
    const policies = Object.entries(template.Resources).filter(([, { Type }]) =>
      ['AWS::SQS::QueuePolicy', 'AWS::S3::BucketPolicy'].includes(Type),
    );
    expect(policies.length).toBeGreaterThanOrEqual(4);
    for (const [id, { Properties }] of policies) {
      // The framework's own policy, of the bucket that it deploys from, writes it without quotes; IAM takes both.
      const refused = id === 'ServerlessDeploymentBucketPolicy' ? false : 'false';
      expect(objectsWith('Bool', Properties), id).toContainEqual({
        Bool: { 'aws:SecureTransport': refused },
      });
    }
  });

  it('runs every function on nodejs24.x and arm64, with its settings', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function', anyProperties);
    expect([...functions.keys()].toSorted()).toEqual(
      ['Api', 'Backfill', 'Deliver', 'Detect', 'Expire', 'Ingest', 'IngestLogFiles', 'Seal'].map(
        (name) => `${name}LambdaFunction`,
      ),
    );
    for (const [id, properties] of functions) {
      expect(properties, id).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Environment: {
          Variables: {
            KEYTRAIL_QUARANTINE_BUCKET: { Ref: 'QuarantineBucket' },
            KEYTRAIL_SCOPE_PREFIX: { Ref: 'ScopePrefix' },
            KEYTRAIL_MASK_DETAILS: { Ref: 'MaskDetails' },
            POWERTOOLS_SERVICE_NAME: 'keytrail-prod',
            POWERTOOLS_METRICS_NAMESPACE: 'Keytrail',
            POWERTOOLS_LOG_LEVEL: { Ref: 'LogLevel' },
          },
        },
      });
    }
    for (const name of ['Seal', 'Detect', 'Expire', 'Backfill']) {
      expect(functions.get(`${name}LambdaFunction`), name).toMatchObject({ Timeout: 900 });
    }
  });

  it('runs the seal, the detection and the backfill by schedules that may be chosen, no two backfills at once', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule', anyProperties);
    expect(rules.get('SealRule')).toMatchObject({ ScheduleExpression: { Ref: 'SealSchedule' } });
    expect(rules.get('ExpireRule')).toMatchObject({ ScheduleExpression: { Ref: 'ExpireSchedule' } });
    expect(rules.get('DetectRule')).toMatchObject({ ScheduleExpression: { Ref: 'DetectSchedule' } });
    expect(rules.get('BackfillRule')).toMatchObject({ ScheduleExpression: { Ref: 'BackfillSchedule' } });
    const [, minutes] =
      /^rate\((\d+) minutes\)$/.exec(String(template.Parameters['BackfillSchedule']?.Default)) ?? [];
    expect(Number(minutes) * 60).toBeGreaterThan(900);
  });

  it('takes the retentions that the function takes, and no other', () => {
    const pattern = new RegExp(String(template.Parameters['RetentionMonths']?.['AllowedPattern']));
    const isTaken = (text: string) => {
      try {
        retentionMonthsOf(text);
        return true;
      } catch {
        return false;
      }
    };
    for (const text of [
      ...Array.from({ length: 130 }, (_, months) => `${months}`),
      '9999',
      '10000',
      'forever',
    ])
      expect(pattern.test(text), text).toBe(isTaken(text));
  });

  it('looks for alerts that wait every minute, and holds their claims for longer than a run', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule', anyProperties);
    expect(rules.get('DeliverRule')).toMatchObject({ ScheduleExpression: 'rate(1 minute)' });
    const { Timeout } = z
      .looseObject({ Timeout: z.number() })
      .parse(template.Resources['DeliverLambdaFunction']?.Properties);
    expect(Timeout * 1_000).toBeLessThan(CLAIM_MS);
    expect(Timeout * 1_000).toBeGreaterThan(2 * SEND_MS);
  });

  it('tells the function that delivers of its channels by the names that it knows, none without a choice', () => {
    const { Environment } = z
      .looseObject({ Environment: z.object({ Variables: anyProperties }) })
      .parse(template.Resources['DeliverLambdaFunction']?.Properties);
    const names = Object.keys(Environment.Variables).filter((name) => name.startsWith('KEYTRAIL_ALERT_'));
    const given = Object.fromEntries(names.map((name) => [name, name.endsWith('_SEVERITY') ? 'high' : 'x']));
    const floor = 'high';
    expect(deliverySettingsOf(given)).toEqual({
      baseUrl: 'x',
      sns: { topicArn: 'x', floor },
      eventBridge: { bus: 'x', floor },
      securityHub: { productArn: 'x', floor },
      webhook: { url: 'x', secretArn: 'x', floor },
    });
    const severities = names.filter((name) => name.endsWith('_SEVERITY')).map((name) => [name, 'low']);
    const others = names.filter((name) => !name.endsWith('_SEVERITY')).map((name) => [name, '']);
    expect(deliverySettingsOf(Object.fromEntries([...severities, ...others]))).toEqual({});
  });

  it('lets a log group of its own keep each function’s log, and one the log of who asked', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup', anyProperties);
    expect(groups.size).toBe(9);
    for (const [id, { RetentionInDays }] of groups) {
      const parameter = id === 'HttpApiAccessLog' ? 'AccessLogRetentionDays' : 'LogRetentionDays';
      expect(RetentionInDays, id).toEqual({ Ref: parameter });
    }
  });

  it('answers only to tokens of the issuer for the audience, on every route', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route', anyProperties);
    expect(routes.size).toBe(1);
    for (const route of routes.values()) {
      expect(route).toMatchObject({ AuthorizationType: 'JWT', AuthorizerId: { Ref: 'HttpApiAuthorizer' } });
    }
    expect(template.Resources['HttpApiAuthorizer']?.Properties).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: { Ref: 'JwtIssuer' }, Audience: { Ref: 'JwtAudience' } },
    });
  });

  it('writes a line of JSON on every request to the API', () => {
    const { AccessLogSettings } = z
      .looseObject({ AccessLogSettings: z.object({ Format: z.string(), DestinationArn: arnSchema }) })
      .parse(template.Resources['HttpApiStage']?.Properties);
    expect(JSON.parse(AccessLogSettings.Format)).toMatchObject({
      subject: '$context.authorizer.claims.sub',
      path: '$context.path',
    });
    expect(AccessLogSettings.DestinationArn['Fn::GetAtt'][0]).toBe('HttpApiAccessLog');
  });

  it('has an alarm on every queue of what failed, and on every function’s errors and throttles', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm', anyProperties);
    const watched = [...alarms.values()].flatMap((alarm) => {
      const metric = metricSchema.safeParse(alarm);
      return metric.success ? [[metric.data.MetricName, metric.data.Dimensions]] : [];
    });
    const consumed = ['IngestQueue', 'LogFilesQueue', 'DeliverQueue'];
    const ofQueue = (id: string) => [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }];
    for (const id of resourcesOf(template, 'AWS::SQS::Queue', anyProperties).keys()) {
      const metric = consumed.includes(id)
        ? 'ApproximateAgeOfOldestMessage'
        : 'ApproximateNumberOfMessagesVisible';
      expect(watched, id).toContainEqual([metric, ofQueue(id)]);
    }
    for (const id of resourcesOf(template, 'AWS::Lambda::Function', anyProperties).keys()) {
      const dimensions = [{ Name: 'FunctionName', Value: { Ref: id } }];
      expect(watched, id).toContainEqual(['Errors', dimensions]);
      expect(watched, id).toContainEqual(['Throttles', dimensions]);
    }
    expect(watched).toContainEqual(['quarantined', [{ Name: 'service', Value: 'keytrail-prod' }]]);
    expect(watched).toContainEqual(['unaccounted', [{ Name: 'service', Value: 'keytrail-prod' }]]);
    expect(watched).toContainEqual(['unsealedDays', [{ Name: 'service', Value: 'keytrail-prod' }]]);
    expect(watched).toContainEqual(['WatchedSourceStopped', [{ Name: 'service', Value: 'keytrail-prod' }]]);
    for (const [id, alarm] of alarms) {
      const actions = { 'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopicArn' }], { Ref: 'AWS::NoValue' }] };
      expect(alarm, id).toMatchObject({ AlarmActions: actions, AlarmDescription: expect.any(String) });
    }
  });

  it('is alarmed when no KMS event comes for an hour, also where no metric comes at all', () => {
    const silent = template.Resources['SilentAlarm'];
    expect(silent?.Condition).toBe('AlarmsWhenSilent');
    expect(silent?.Properties).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
    expect(objectsWith('MetricStat', silent?.Properties)).toMatchObject([
      {
        MetricStat: {
          Period: 3600,
          Metric: {
            Namespace: 'Keytrail',
            MetricName: 'recorded',
            Dimensions: [{ Name: 'service', Value: 'keytrail-prod' }],
          },
        },
      },
    ]);
  });

  it('tells of every alarm in docs/operations.md', async () => {
    const operations = await readFile(path.join(projectFolder, 'docs/operations.md'), 'utf8');
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm', anyProperties).keys();
    for (const id of alarms) {
      const name = id.replace(
        /^(?:Ingest|IngestLogFiles|Seal|Detect|Expire|Deliver|Backfill|Api)(?=Errors|Throttles)/,
        '…',
      );
      expect(operations).toContain(`\`${name}\``);
    }
  });

  it('counts and alarms by metrics of its stage alone', () => {
    const text = JSON.stringify([...resourcesOf(template, 'AWS::CloudWatch::Alarm', anyProperties).values()]);
    const services = [...text.matchAll(/"Name":"service","Value":"([^"]*)"/g)].map(([, name]) => name);
    expect(services.length).toBeGreaterThanOrEqual(6);
    const dashboard = JSON.stringify(template.Resources['Dashboard']?.Properties);
    const shown = [...dashboard.matchAll(/service\\", \\"([^"\\]*)\\"/g)].map(([, name]) => name);
    expect(shown.length).toBeGreaterThanOrEqual(10);
    expect(new Set([...services, ...shown])).toEqual(new Set(['keytrail-prod']));
  });

  it('reserves concurrency for the API, where the account has enough', () => {
    const reserved = { 'Fn::If': ['LimitsApi', { Ref: 'ApiConcurrency' }, { Ref: 'AWS::NoValue' }] };
    const functions = resourcesOf(template, 'AWS::Lambda::Function', anyProperties);
    expect(functions.get('ApiLambdaFunction')).toMatchObject({ ReservedConcurrentExecutions: reserved });
    expect(functions.get('IngestLambdaFunction')).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('has a dashboard whose body is JSON', () => {
    const body = z
      .looseObject({ DashboardBody: z.object({ 'Fn::Sub': z.tuple([z.string(), anyProperties]) }) })
      .parse(template.Resources['Dashboard']?.Properties).DashboardBody['Fn::Sub'][0];
    expect(JSON.parse(body)).toMatchObject({ widgets: expect.any(Array) });
  });

  it('is deployed with every parameter, each by its own default and told of in docs/operations.md', async () => {
    const given = await readFile(path.join(projectFolder, 'deploy/stack-parameters.yml'), 'utf8');
    const pattern = /ParameterKey: (\w+), ParameterValue: "\$\{param:(\w+), '(.*)'\}"/g;
    const parameters = [...given.matchAll(pattern)].map(([, name, param, value]) => {
      expect(param).toBe(name);
      return [name, value];
    });
    const declared = Object.entries(template.Parameters).map(([name, { Default }]) => [
      name,
      String(Default ?? ''),
    ]);
    expect(parameters).toEqual(declared);
    const operations = await readFile(path.join(projectFolder, 'docs/operations.md'), 'utf8');
    for (const [name] of declared) expect(operations).toContain(`\`${name}\``);
  });

  it.skipIf(!hasCfnLint)('passes cfn-lint without an error, and so does a spoke', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'keytrail-cfn-lint-'));
    try {
      const file = path.join(folder, 'template.json');
      await writeFile(file, hub.templateText);
      const spoke = path.join(projectFolder, 'deploy/spoke.yml');
      const { status, stdout } = spawnSync('cfn-lint', ['--non-zero-exit-code', 'error', '--', file, spoke], {
        encoding: 'utf8',
      });
      expect(status, stdout).toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  if (!hasCfnLint) console.warn('cfn-lint is not here: nothing has linted the templates.');
});
