import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  aNotification,
  anAccount,
  busPolicy,
  DEAD_ARN,
  DEAD_URL,
  FAILED_URL,
  HUB_BUS_ARN,
  INGEST_ARN,
  INGEST_URL,
  LOG_BUCKET,
  LOG_FILES_ARN,
  LOG_FILES_URL,
  LOG_TOPIC_ARN,
  logFilesPolicy,
  ORGANISATION,
  type Parts,
  soundParts,
  spokeParts,
  TRAIL_ARN,
} from '../doctor/an-account.ts';
import { AwsStandIn, OPERATIONS, type Operation } from '../doctor/aws-stand-in.ts';
import { type CommandEnded, keytrail } from './keytrail.ts';
import { aFolder, start } from './keytrail-process.ts';

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await AwsStandIn.listening(anAccount(soundParts()));
});
beforeEach(() => aws.reset(anAccount(soundParts())));
afterAll(() => aws.close());

function doctor(
  parameters: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandEnded> {
  return keytrail(['doctor', ...parameters], {
    env: { ...aws.environment, HOME: aFolder(), ...environment },
  });
}

interface PrintedFinding {
  readonly status: string;
  readonly code: string;
  readonly sentence: string;
  readonly mend?: string;
}

/** What it finds not to be right, and its exit code. */
async function found(parts: Parts, ...parameters: readonly string[]) {
  aws.reset(anAccount(parts));
  const ended = await doctor(['--json', ...parameters]);
  expect(ended.stderr).toBe('');
  const { findings }: { findings: PrintedFinding[] } = JSON.parse(ended.stdout);
  return { code: ended.code, findings, faults: findings.filter(({ status }) => status !== 'ok') };
}

function changed(change: (parts: Parts) => void, parts = soundParts()): Parts {
  change(parts);
  return parts;
}

const advanced = (...fields: readonly object[]) => ({
  TrailARN: TRAIL_ARN,
  AdvancedEventSelectors: [
    { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }, ...fields] },
  ],
});
const basic = (selector: object) => ({
  TrailARN: TRAIL_ARN,
  EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, ...selector }],
});
function rule(parts: Parts, name: string) {
  return parts.rules[name] ?? {};
}
function queue(parts: Parts, url: string) {
  return parts.queues[url] ?? {};
}

describe('a whole set-up', () => {
  test('is right, line by line, and exits 0', async () => {
    const { environment } = aws;
    expect(
      await start(aFolder(), ['doctor'], { environment: { ...environment, HOME: aFolder() } }).ended,
    ).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `Stack keytrail-prod in account 111122223333, us-east-1:
ok      Trail organisation logs all of KMS in us-east-1, Read and Write.
ok      Stack keytrail-prod is UPDATE_COMPLETE.
ok      Rule keytrail-kms is ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS and has its target.
ok      Rule keytrail-sagemaker is ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS and has its target.
ok      The rules take events of KMS and SageMaker.
ok      Event bus default takes events from ${ORGANISATION}.
ok      Queue keytrail-prod-ingest is whole.
ok      Queue keytrail-prod-LogFilesQueue-1A2B is whole.
ok      Dead-letter queue keytrail-prod-ingest-dead is empty.
ok      Dead-letter queue keytrail-prod-failed-runs is empty.
ok      Log bucket organisation-trail-logs notifies queue keytrail-prod-LogFilesQueue-1A2B of new log files.
ok      Queue keytrail-prod-ingest is read.
ok      Queue keytrail-prod-LogFilesQueue-1A2B is read.
ok      Function keytrail-prod-ingest is Active.
ok      Table keytrail-prod-table is ACTIVE, recoverable and protected.
0 wrong, 0 unknown, 15 right.
`,
    });
    expect(new Set(aws.calls.map(({ operation }) => operation))).toEqual(new Set(OPERATIONS));
  });

  test('has its trail asked at home, and all else where it is deployed', async () => {
    expect((await doctor(['--region', 'us-east-1'], { AWS_REGION: 'ap-south-1' })).code).toBe(0);
    const atHome = ['cloudtrail:GetTrailStatus', 'cloudtrail:GetEventSelectors'];
    for (const { operation, region, id } of aws.calls) {
      expect([operation, region]).toEqual([
        operation,
        atHome.includes(operation) ? 'eu-west-1' : 'us-east-1',
      ]);
      if (atHome.includes(operation)) expect(id).toBe(TRAIL_ARN);
    }
  });

  test.each<[string, object, string]>([
    ['eventbridge', { EventBridgeConfiguration: '' }, 'notifies EventBridge'],
    [
      'sns',
      { TopicConfiguration: [aNotification({ Topic: LOG_TOPIC_ARN }, 's3:ObjectCreated:Put', '.gz')] },
      `notifies topic ${LOG_TOPIC_ARN}`,
    ],
  ])('may be notified of log files by %s', async (kind, notifications, sentence) => {
    const parts = soundParts();
    Object.assign(parts.parameters, { LogNotifications: kind, LogTopicArn: LOG_TOPIC_ARN });
    Object.assign(parts, { notifications });
    queue(parts, LOG_FILES_URL)['Policy'] = logFilesPolicy('sns', LOG_TOPIC_ARN);
    const { code, faults, findings } = await found(parts);
    expect([code, faults]).toEqual([0, []]);
    expect(findings.find((finding) => finding.code === 'log-bucket')?.sentence).toContain(sentence);
  });

  test('may take no log files', async () => {
    const { code, faults } = await found(
      changed((parts) => {
        parts.parameters['LogNotifications'] = 'none';
      }),
    );
    expect([code, faults]).toEqual([0, []]);
    expect(aws.calls.map(({ operation }) => operation)).not.toContain('s3:GetBucketNotification');
  });

  test('may be a spoke', async () => {
    const { code, faults, findings } = await found(spokeParts());
    expect([code, faults]).toEqual([0, []]);
    expect(findings.map(({ sentence }) => sentence)).toContain(
      'Stack keytrail-prod is UPDATE_COMPLETE, a spoke.',
    );
  });
});

const DECRYPT_OFF = { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] };

const FAULTS: readonly [string, (parts: Parts) => void, Readonly<Record<string, string>>][] = [
  ['no trail', (parts) => (parts.trails = []), { 'trail-missing': 'No CloudTrail trail covers us-east-1' }],
  [
    'a trail of another Region alone',
    (parts) => (parts.trails = parts.trails.map((trail) => ({ ...trail, IsMultiRegionTrail: false }))),
    { 'trail-missing': 'No CloudTrail trail covers us-east-1' },
  ],
  [
    'a trail that does not log',
    (parts) => (parts.trailStatus = { IsLogging: false }),
    { 'trail-stopped': 'Trail organisation is not logging.' },
  ],
  [
    'a trail of Write events alone',
    (parts) => (parts.selectors = basic({ ReadWriteType: 'WriteOnly' })),
    { 'trail-without-reads': 'records Write events only' },
  ],
  [
    'a trail whose advanced selectors take Write events alone',
    (parts) => (parts.selectors = advanced({ Field: 'readOnly', Equals: ['false'] })),
    { 'trail-without-reads': 'records Write events only' },
  ],
  [
    'a trail of Read events alone',
    (parts) => (parts.selectors = basic({ ReadWriteType: 'ReadOnly' })),
    { 'trail-without-writes': 'records Read events only' },
  ],
  [
    'a trail that excludes KMS',
    (parts) => (parts.selectors = basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] })),
    { 'trail-excludes-kms': 'leaves out all events of KMS' },
  ],
  [
    'a trail whose advanced selectors exclude KMS',
    (parts) => (parts.selectors = advanced(DECRYPT_OFF)),
    { 'trail-excludes-kms': 'leaves out all events of KMS' },
  ],
  [
    'a trail of data events',
    (parts) => (parts.selectors = basic({ IncludeManagementEvents: false })),
    { 'trail-without-management-events': 'records no management events' },
  ],
  [
    'a rule that is ENABLED alone',
    (parts) => (rule(parts, 'keytrail-kms')['State'] = 'ENABLED'),
    { 'rule-loses-read-events': 'no Decrypt' },
  ],
  [
    'a rule that is disabled',
    (parts) => (rule(parts, 'keytrail-kms')['State'] = 'DISABLED'),
    { 'rule-disabled': 'Rule keytrail-kms is disabled.' },
  ],
  [
    'a rule that is gone',
    (parts) => delete parts.rules['keytrail-sagemaker'],
    {
      'rule-missing': 'Rule keytrail-sagemaker of the stack is gone.',
      'rule-takes-nothing': 'No rule of the stack takes',
    },
  ],
  [
    'a rule without a target',
    (parts) => (parts.targets['keytrail-kms'] = []),
    { 'rule-without-target': 'Rule keytrail-kms has no target' },
  ],
  [
    'a target that is no queue of the stack',
    (parts) =>
      (parts.targets['keytrail-kms'] = [
        { Id: 'x', Arn: 'arn:aws:sqs:us-east-1:111122223333:other', DeadLetterConfig: { Arn: DEAD_ARN } },
      ]),
    { 'rule-not-to-queue': 'sends to no queue of the stack' },
  ],
  [
    'a target without a dead-letter queue',
    (parts) => (parts.targets['keytrail-kms'] = [{ Id: 'queue', Arn: INGEST_ARN }]),
    { 'target-without-dead-letters': 'Rule keytrail-kms has no dead-letter queue' },
  ],
  [
    'a queue without a policy',
    (parts) => delete queue(parts, INGEST_URL)['Policy'],
    {
      'queue-closed-to-events':
        'Queue keytrail-prod-ingest does not let EventBridge send to it for rules keytrail-kms, keytrail-sagemaker.',
    },
  ],
  [
    'a dead-letter queue without a policy',
    (parts) => delete queue(parts, DEAD_URL)['Policy'],
    {
      'queue-closed-to-events':
        'Queue keytrail-prod-ingest-dead does not let EventBridge send to it for rules keytrail-kms, keytrail-sagemaker.',
    },
  ],
  [
    'a queue that gives nothing up',
    (parts) => delete queue(parts, INGEST_URL)['RedrivePolicy'],
    { 'queue-without-redrive': 'no redrive policy' },
  ],
  [
    'a queue that shows messages early',
    (parts) => (queue(parts, INGEST_URL)['VisibilityTimeout'] = '379'),
    { 'queue-visibility-short': 'after 379 s' },
  ],
  [
    'a queue in clear',
    (parts) => (queue(parts, INGEST_URL)['SqsManagedSseEnabled'] = 'false'),
    { 'queue-unencrypted': 'is not encrypted' },
  ],
  [
    'a queue that is gone',
    (parts) => delete parts.queues[DEAD_URL],
    { 'queue-missing': 'keytrail-prod-ingest-dead' },
  ],
  [
    'the reason of a run that failed',
    (parts) => (queue(parts, FAILED_URL)['ApproximateNumberOfMessages'] = '1'),
    { 'dead-letters-waiting': 'About 1 message waits in dead-letter queue keytrail-prod-failed-runs.' },
  ],
  [
    'dead letters',
    (parts) => (queue(parts, DEAD_URL)['ApproximateNumberOfMessages'] = '3'),
    { 'dead-letters-waiting': 'About 3 messages wait' },
  ],
  [
    'a log bucket that does not notify',
    (parts) => (parts.notifications = {}),
    {
      'log-bucket-silent': `Log bucket ${LOG_BUCKET} does not notify queue keytrail-prod-LogFilesQueue-1A2B`,
    },
  ],
  [
    'a log bucket that notifies another queue',
    (parts) => (parts.notifications = { QueueConfiguration: [aNotification({ Queue: INGEST_ARN })] }),
    { 'log-bucket-silent': 'does not notify queue' },
  ],
  [
    'a log bucket that notifies of deleted objects',
    (parts) =>
      (parts.notifications = {
        QueueConfiguration: [aNotification({ Queue: LOG_FILES_ARN }, 's3:ObjectRemoved:*')],
      }),
    { 'log-bucket-silent': 'does not notify queue' },
  ],
  [
    'a log bucket that notifies of files of another kind',
    (parts) =>
      (parts.notifications = {
        QueueConfiguration: [aNotification({ Queue: LOG_FILES_ARN }, 's3:ObjectCreated:*', '.csv.gz')],
      }),
    { 'log-bucket-silent': 'does not notify queue' },
  ],
  [
    'a log bucket that is gone',
    (parts) => (parts.notifications = undefined),
    { 'log-bucket-missing': `There is no log bucket ${LOG_BUCKET}.` },
  ],
  [
    'a log bucket that does not notify EventBridge',
    (parts) => (parts.parameters['LogNotifications'] = 'eventbridge'),
    { 'log-bucket-silent': 'does not notify EventBridge' },
  ],
  [
    'a log bucket that does not notify its topic, which may not send',
    (parts) => Object.assign(parts.parameters, { LogNotifications: 'sns', LogTopicArn: LOG_TOPIC_ARN }),
    {
      'log-bucket-silent': `does not notify topic ${LOG_TOPIC_ARN}`,
      'queue-closed-to-log-files': `does not let sns.amazonaws.com send to it for topic ${LOG_TOPIC_ARN}`,
    },
  ],
  [
    'a queue that another bucket may send to',
    (parts) => (queue(parts, LOG_FILES_URL)['Policy'] = logFilesPolicy('s3', 'arn:aws:s3:::another')),
    { 'queue-closed-to-log-files': `does not let s3.amazonaws.com send to it for bucket ${LOG_BUCKET}` },
  ],
  [
    'a queue that a bucket of another account may send to',
    (parts) => delete parts.parameters['LogBucketAccount'],
    { 'queue-closed-to-log-files': `does not let s3.amazonaws.com send to it for bucket ${LOG_BUCKET}` },
  ],
  [
    'a mapping that is disabled',
    (parts) => (parts.mapping['State'] = 'Disabled'),
    { 'mapping-not-enabled': 'is Disabled' },
  ],
  [
    'a mapping of whole batches',
    (parts) => delete parts.mapping['FunctionResponseTypes'],
    { 'mapping-fails-whole-batches': 'one bad message' },
  ],
  [
    'a queue that nothing reads',
    (parts) => (parts.mapping['EventSourceArn'] = DEAD_ARN),
    { 'queue-without-reader': 'Nothing reads queue keytrail-prod-ingest.' },
  ],
  [
    'a function that failed',
    (parts) =>
      Object.assign(parts.functions['keytrail-prod-ingest'] ?? {}, {
        State: 'Failed',
        StateReason: 'no role',
      }),
    { 'function-not-active': 'is Failed (no role)' },
  ],
  [
    'a function that is gone',
    (parts) => delete parts.functions['keytrail-prod-ingest'],
    { 'function-missing': 'Function keytrail-prod-ingest of the stack is gone.' },
  ],
  [
    'a function that may not run',
    (parts) => (parts.reserved = { ReservedConcurrentExecutions: 0 }),
    { 'function-reserved-nothing': 'reserved concurrency of 0' },
  ],
  [
    'a table without recovery',
    (parts) => (parts.recovery = 'DISABLED'),
    { 'table-without-recovery': 'no point-in-time recovery' },
  ],
  [
    'a table that may be deleted',
    (parts) => (parts.table['DeletionProtectionEnabled'] = false),
    { 'table-without-deletion-protection': 'not protected from deletion' },
  ],
  [
    'a table whose items expire by themselves',
    (parts) => (parts.timeToLive = { TimeToLiveStatus: 'ENABLED', AttributeName: 'time' }),
    { 'table-ttl-differs': 'expire by time, whatever is held' },
  ],
  [
    'a table with a key of DynamoDB alone',
    (parts) => delete parts.table['SSEDescription'],
    { 'table-without-customer-key': "a key of DynamoDB's own" },
  ],
  [
    'a table whose key cannot be used',
    (parts) =>
      (parts.table = {
        ...parts.table,
        SSEDescription: { KMSMasterKeyArn: 'arn:key', InaccessibleEncryptionDateTime: 1_772_359_200 },
      }),
    { 'table-key-unusable': 'since 2026-03-01T10:00:00.000Z' },
  ],
  [
    'a bus without a policy',
    (parts) => delete parts.bus['Policy'],
    { 'bus-closed-to-spokes': 'Event bus default has no policy' },
  ],
  [
    'a bus for another organisation',
    (parts) => (parts.bus['Policy'] = busPolicy('o-somebodyelse')),
    { 'bus-closed-to-spokes': `does not take events from ${ORGANISATION}` },
  ],
  [
    'a stack of something else',
    (parts) => delete parts.resources['keytrail-prod-table'],
    { 'stack-incomplete': 'has no tables' },
  ],
];

describe('what is wrong is named, with its mend, and exits 1:', () => {
  test.each(FAULTS)('%s', async (_, change, expected) => {
    const { code, faults } = await found(changed(change));
    expect(code).toBe(1);
    expect(new Set(faults.map((fault) => fault.code))).toEqual(new Set(Object.keys(expected)));
    for (const { status, code: fault, sentence, mend } of faults) {
      expect(status).toBe('wrong');
      expect(sentence).toContain(expected[fault]);
      expect(mend).toMatch(/^.{10}/);
    }
  });

  test('a spoke that sends elsewhere, and one without a role', async () => {
    const elsewhere = await found(spokeParts(), '--bus', HUB_BUS_ARN.replace('444455556666', '777788889999'));
    expect(elsewhere.faults.map(({ code }) => code)).toEqual(['rule-not-to-hub', 'rule-not-to-hub']);
    const roleless = await found(
      changed((parts) => delete parts.targets['keytrail-kms']?.[0]?.['RoleArn'], spokeParts()),
    );
    expect(roleless.faults).toMatchObject([{ code: 'target-without-role' }]);
  });

  test('an account that the bus was to take as well', async () => {
    const { faults } = await found(soundParts(), '--admits', '123456789012');
    // The policy lets in an organisation, and who is in it only AWS knows.
    expect(faults).toMatchObject([{ status: 'unknown', code: 'not-judged' }]);
  });

  test('first, on a line of its own, and with nothing in it that a terminal would act on', async () => {
    aws.reset(
      anAccount(
        changed((parts) => {
          parts.functions['keytrail-prod-ingest'] = { State: 'Failed', StateReason: 'a\n\u001b[2Jb' };
        }),
      ),
    );
    const { stdout } = await doctor();
    expect(stdout.split('\n')[1]).toBe(
      'wrong   Function keytrail-prod-ingest is Failed (a\\u{a}\\u{1b}[2Jb). Mend: Mend the reason and deploy the stack again.',
    );
  });
});

describe('what may not be read', () => {
  const denied = { name: 'AccessDeniedException', message: 'User is not authorized' };

  test.each(OPERATIONS.filter((operation) => !operation.startsWith('cloudformation:')))(
    'is neither right nor wrong, and says what it needs: %s',
    async (operation: Operation) => {
      aws.refuse([operation], denied);
      const { code, stdout, stderr } = await doctor(['--json']);
      expect([code, stderr]).toEqual([1, '']);
      const { findings }: { findings: PrintedFinding[] } = JSON.parse(stdout);
      const faults = findings.filter(({ status }) => status !== 'ok');
      expect(faults.length).toBeGreaterThan(0);
      for (const { status, code: fault, sentence } of faults) {
        expect([status, fault]).toEqual(['unknown', 'not-looked-at']);
        expect(sentence).toMatch(new RegExp(` could not be read: needs ${operation}\\.$`));
      }
    },
  );

  test.each(['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'] as const)(
    'leaves the trail to be checked: %s',
    async (operation) => {
      aws.refuse([operation], { name: 'AccessDenied', message: 'no' });
      const { code, stdout } = await doctor();
      expect(code).toBe(1);
      expect(stdout).toContain(`unknown Stack keytrail-prod could not be read: needs ${operation}.`);
      expect(stdout).toContain('ok      Trail organisation');
    },
  );

  test('is named with the reason where it failed otherwise', async () => {
    aws.refuse(['dynamodb:DescribeTimeToLive'], { name: 'ValidationException', message: 'odd' });
    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain(
      'unknown The expiry of table keytrail-prod-table could not be read: dynamodb:DescribeTimeToLive failed (ValidationException: odd).',
    );
  });
});

describe('nothing is checked, in one sentence,', () => {
  test('where the credentials are refused', async () => {
    aws.refuse(['cloudformation:DescribeStacks'], { name: 'InvalidClientTokenId', message: 'invalid' });
    expect(await doctor()).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'AWS does not take the credentials (InvalidClientTokenId); renew them, check the clock, and run the doctor again.\n',
    });
  });

  test('where they end in mid-course', async () => {
    aws.refuse(['sqs:GetQueueAttributes'], { name: 'ExpiredTokenException', message: 'expired' });
    const { code, stdout, stderr } = await doctor();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^AWS does not take the credentials \(ExpiredTokenException\); .*\n$/);
  });

  test('where there are none', async () => {
    const { code, stdout, stderr } = await doctor([], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^AWS cannot be asked without credentials \(.*\); log in, .*\.\n$/);
  });

  test('where there is no such stack', async () => {
    expect(await doctor(['--stack', 'keytrail-dev'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'There is no stack keytrail-dev in us-east-1; name it with --stack, or its Region with --region, or deploy it first.\n',
    });
  });

  test('where no Region is set', async () => {
    expect(await doctor([], { AWS_REGION: '' })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'No Region is set; name it with --region, AWS_REGION or the AWS profile.\n',
    });
  });

  test('where AWS cannot be reached', async () => {
    const { code, stdout, stderr } = await doctor([], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^AWS cannot be reached in us-east-1 \(.*ECONNREFUSED.*\); check the network, .*\n$/,
    );
  });

  test.each([
    ['--stack', 'no stack'],
    ['--bus', 'default'],
    ['--admits', '123'],
    ['--region', ''],
  ])('where %s is not one', async (flag, value) => {
    const { code, stdout, stderr } = await doctor([flag, value]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: option /);
  });
});
