import { accessKeyAt, serviceIdentity, sessionIdentity } from './identity.ts';
import { timeText } from './json.ts';
import type { Run, World } from './world.ts';

const logGroups: Readonly<Record<string, string>> = {
  'training-job': '/aws/sagemaker/TrainingJobs',
  'processing-job': '/aws/sagemaker/ProcessingJobs',
  'transform-job': '/aws/sagemaker/TransformJobs',
};

const hourMs = 3_600_000;

/**
 * What other services' records say of a run's sessions, where the account logs them: SageMaker takes on the role,
 * and the session writes to the log stream that the job is named in.
 */
export function writeTraces(world: World, run: Run): void {
  const { dice, customs, log, region, accountId } = world;
  const sessions = run.agent === run.session ? [run.session] : [run.session, run.agent];
  if (customs.stsIsLogged) {
    for (const session of sessions) {
      const ends = session.creation === 'hourly' ? run.endedMs : session.startedMs + 1;
      for (let atMs = session.startedMs; atMs < ends; atMs += hourMs) {
        const { role } = session;
        log.call(atMs, {
          userIdentity: serviceIdentity('sagemaker.amazonaws.com'),
          eventSource: 'sts.amazonaws.com',
          eventName: 'AssumeRole',
          awsRegion: region,
          sourceIPAddress: 'sagemaker.amazonaws.com',
          userAgent: 'sagemaker.amazonaws.com',
          requestParameters: { roleArn: role.arn, roleSessionName: session.name, durationSeconds: 3600 },
          responseElements: {
            credentials: {
              accessKeyId: accessKeyAt(session, atMs) ?? `ASIA${dice.capitals(16)}`,
              expiration: timeText(atMs + hourMs),
            },
            assumedRoleUser: {
              assumedRoleId: `${role.roleId}:${session.name}`,
              arn: `arn:${role.partition}:sts::${accountId}:assumed-role/${role.name}/${session.name}`,
            },
          },
          readOnly: true,
          resources: [{ accountId, type: 'AWS::IAM::Role', ARN: role.arn }],
          eventType: 'AwsApiCall',
          managementEvent: true,
          recipientAccountId: accountId,
          eventCategory: 'Management',
        });
      }
    }
  }
  const logGroupName = logGroups[run.type];
  if (customs.logsIsLogged && logGroupName !== undefined) {
    const atMs = run.startedMs + dice.between(1, 20) * 1000;
    log.call(atMs, {
      userIdentity: sessionIdentity(dice.pick(sessions), atMs),
      eventSource: 'logs.amazonaws.com',
      eventName: 'CreateLogStream',
      awsRegion: region,
      sourceIPAddress: '10.0.47.113',
      userAgent: world.sdk,
      requestParameters: { logGroupName, logStreamName: `${run.name}/algo-1-${atMs}` },
      responseElements: null,
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: accountId,
      eventCategory: 'Management',
    });
  }
}
