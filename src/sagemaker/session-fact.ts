import { AWS_DNS_SUFFIX } from '../cloudtrail/aws-dns-suffix.ts';
import type { CloudTrailRecord, UserIdentity } from '../cloudtrail/cloud-trail-record.ts';
import { eventTimeMs } from '../cloudtrail/event-time.ts';
import { accountOfArn, kindOfIdentityArn } from '../cloudtrail/identity-arn.ts';
import { type Members, objectIn, textIn } from '../cloudtrail/json-members.ts';
import { principalOf } from '../cloudtrail/principal.ts';
import { isServiceHost } from '../cloudtrail/service-host.ts';
import type { SessionFact } from './job-fact.ts';
import { hasFailed } from './job-facts-of-record.ts';
import { resourceKinds } from './resource-kinds.ts';

type HashAccessKey = (accessKeyId: string) => string;

const logGroupPrefix = '/aws/sagemaker/';
const maxNameLength = 256;
const maxArnLength = 2048;

const kindsByLogGroup = new Map(
  resourceKinds.flatMap((kind) =>
    kind.logs === undefined ? [] : [[kind.logs.group, { type: kind.type, names: kind.logs.names }] as const],
  ),
);

/**
 * A fact from a record of another service about temporary credentials that SageMaker uses: they opened the log stream of
 * a job, or SageMaker received them by assuming a role. Only the keyed hash of the access key id is kept.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 */
export function sessionFactOf(
  record: CloudTrailRecord,
  eventSource: string,
  hashAccessKey: HashAccessKey,
): SessionFact | undefined {
  switch (eventSource) {
    case 'logs.amazonaws.com':
      return record.eventName === 'CreateLogStream' && !hasFailed(record)
        ? ofLogStream(record, hashAccessKey)
        : undefined;
    case 'sts.amazonaws.com':
      return record.eventName === 'AssumeRole' && !hasFailed(record)
        ? ofAssumedRole(record, hashAccessKey)
        : undefined;
    default:
      return undefined;
  }
}

/** Streams are named `<job>/algo-1-…`. An endpoint has its own log group, `Endpoints/<endpoint>`. */
function ofLogStream(record: CloudTrailRecord, hashAccessKey: HashAccessKey): SessionFact | undefined {
  const request = objectIn<'logGroupName' | 'logStreamName'>(record.requestParameters);
  const group = textIn(request?.logGroupName);
  if (group === undefined || !group.startsWith(logGroupPrefix)) {
    return undefined;
  }
  const [groupName = '', nameInGroup] = group.slice(logGroupPrefix.length).split('/', 2);
  const kind = kindsByLogGroup.get(groupName);
  const jobName = kind?.names === 'group' ? nameInGroup : textIn(request?.logStreamName)?.split('/', 1)[0];
  const identity: UserIdentity | undefined = objectIn(record.userIdentity);
  const accessKeyId = textIn(identity?.accessKeyId);
  const place = placeOf(record, identity);
  if (
    kind === undefined ||
    jobName === undefined ||
    jobName === '' ||
    jobName.length > maxNameLength ||
    accessKeyId === undefined ||
    place === undefined
  ) {
    return undefined;
  }
  const principal = principalOf(identity, place.region, { names: undefined });
  return {
    kind: 'session',
    ...place,
    accessKeyHash: hashAccessKey(accessKeyId),
    is: 'job',
    ...(principal.type === 'role' && principal.id !== undefined ? { roleArn: principal.id } : {}),
    jobType: kind.type,
    jobName: jobName.toWellFormed(),
  };
}

function ofAssumedRole(record: CloudTrailRecord, hashAccessKey: HashAccessKey): SessionFact | undefined {
  const identity: UserIdentity | undefined = objectIn(record.userIdentity);
  if (!isSageMaker(textIn(identity?.invokedBy))) {
    return undefined;
  }
  const response = objectIn<'credentials'>(record.responseElements);
  const accessKeyId = textIn(objectIn<'accessKeyId'>(response?.credentials)?.accessKeyId);
  const roleArn = textIn(objectIn<'roleArn'>(record.requestParameters)?.roleArn);
  const place = placeOf(record, undefined, roleArn);
  if (accessKeyId === undefined || place === undefined) {
    return undefined;
  }
  const isRole =
    roleArn !== undefined && roleArn.length <= maxArnLength && kindOfIdentityArn(roleArn) === 'role';
  return {
    kind: 'session',
    ...place,
    accessKeyHash: hashAccessKey(accessKeyId),
    is: 'issued',
    ...(isRole ? { roleArn: roleArn.toWellFormed() } : {}),
  };
}

const SAGEMAKER = new RegExp(String.raw`^sagemaker[\w-]*\.(?:[\w-]+\.)?${AWS_DNS_SUFFIX}$`);

/** Whether the host is `sagemaker.amazonaws.com`, `sagemaker-geospatial.amazonaws.com` or such, perhaps with a Region. */
function isSageMaker(invokedBy: string | undefined): boolean {
  return invokedBy !== undefined && isServiceHost(invokedBy) && SAGEMAKER.test(invokedBy);
}

function placeOf(
  record: Members<'awsRegion' | 'eventTime' | 'recipientAccountId'>,
  identity: UserIdentity | undefined,
  arn?: string,
): Pick<SessionFact, 'accountId' | 'region' | 'timeMs'> | undefined {
  const timeMs = eventTimeMs(record.eventTime);
  const region = textIn(record.awsRegion);
  const accountId =
    textIn(record.recipientAccountId) ??
    textIn(identity?.accountId) ??
    (arn === undefined ? undefined : accountOfArn(arn));
  return timeMs === undefined || region === undefined || accountId === undefined
    ? undefined
    : { accountId, region, timeMs };
}
