import type { Random } from './random.ts';
import { drawVersion, type Slice } from './slice.ts';
import { englishTime } from './time-text.ts';
import { Weighted } from './weighted.ts';
import type { Place } from './world.ts';

interface Body {
  readonly request: string;
  readonly response?: string;
  readonly additional?: string;
  readonly resources?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** A service that acts by itself, instead of one of the account's principals. */
  readonly service?: string;
}

interface Call {
  readonly source: string;
  readonly name: string;
  readonly weight: number;
  readonly write?: boolean;
  readonly body: (place: Place, random: Random, timeMs: number) => Body;
}

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS';

// A policy as text within text, so that its quotes are escaped, with a name that needs more than ASCII.
const TRUST_POLICY = JSON.stringify(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Zugriff für Prüfer — 감사',
        Effect: 'Allow',
        Principal: { Service: ['lambda.amazonaws.com', 'sagemaker.amazonaws.com'] },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'data "science"' } },
      },
    ],
  }),
);
const KEY_ACCESS_POLICY = JSON.stringify(
  `{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],\n      "Resource": "*",\n      "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}\n    }\n  ]\n}`,
);
const EVENT_PATTERN = JSON.stringify(
  '{"source":["aws.kms"],"detail":{"eventSource":["kms.amazonaws.com"],"eventName":["Decrypt","DisableKey"]}}',
);
const QUERY = JSON.stringify(
  'fields @timestamp, userIdentity.arn | filter eventSource = "kms.amazonaws.com" and eventName = "Decrypt" | sort @timestamp desc',
);
const METRIC_FILTER = JSON.stringify(
  '{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }',
);
const TAGS =
  '[{"key":"team","value":"überwachung"},{"key":"cost-center","value":"4711"},{"key":"説明","value":"テスト \\"quoted\\" \\\\ path"}]';
// Texts as a tool may pass them on: they only look like the beginning of a record.
const LOOKALIKE = JSON.stringify(
  'log line: {"eventVersion":"1.08","eventSource":"kms.amazonaws.com","eventName":"Decrypt"},{"Records":[',
);

const instance = (random: Random): string =>
  `i-0${(random.bits() & 63).toString(16).padStart(2, '0')}5eed0123456789ab`.slice(0, 19);
const securityGroup = (random: Random): string => `sg-0${(random.bits() & 15).toString(16)}5eed0123456789a`;
const vpc = (place: Place): string => `vpc-0${place.accountId.slice(0, 8)}5eed0123`;
const s3Extra = (random: Random): string =>
  `{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"${random.alphanumeric(6)}5eedSimulated5eedSimulated5eedSimulated5eedSimu=","bytesTransferredOut":${random.int(2000)}}`;

function bucketCall(name: string, member: string, weight: number): Call {
  return {
    source: 's3.amazonaws.com',
    name,
    weight,
    body: (place, random) => {
      const bucket = random.pick(place.buckets);
      return {
        request: `{"bucketName":"${bucket}","Host":"${bucket}.s3.${place.region}.amazonaws.com","${member}":""}`,
        additional: s3Extra(random),
        resources: `[{"accountId":"${place.accountId}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::${bucket}"}]`,
      };
    },
  };
}

const CALLS: readonly Call[] = [
  bucketCall('GetBucketAcl', 'acl', 5),
  bucketCall('GetBucketLocation', 'location', 4),
  bucketCall('GetBucketPublicAccessBlock', 'publicAccessBlock', 3),
  bucketCall('GetBucketEncryption', 'encryption', 3),
  {
    source: 's3.amazonaws.com',
    name: 'PutBucketPolicy',
    weight: 0.5,
    write: true,
    body: (place, random) => {
      const bucket = random.pick(place.buckets);
      return {
        request: `{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"DenyUnencrypted","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::${bucket}/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}},{"Sid":"AWSCloudTrailWrite","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::${bucket}/AWSLogs/${place.accountId}/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]},"bucketName":"${bucket}","Host":"${bucket}.s3.${place.region}.amazonaws.com","policy":""}`,
        additional: s3Extra(random),
        resources: `[{"accountId":"${place.accountId}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::${bucket}"}]`,
      };
    },
  },
  {
    source: 's3.amazonaws.com',
    name: 'GetAccountPublicAccessBlock',
    weight: 1,
    body: (place, random) => ({
      request: `{"Host":"${place.accountId}.s3-control.${place.region}.amazonaws.com"}`,
      additional: s3Extra(random),
      errorCode: 'NoSuchPublicAccessBlockConfiguration',
      errorMessage: 'The public access block configuration was not found',
    }),
  },
  {
    source: 'ec2.amazonaws.com',
    name: 'DescribeInstances',
    weight: 7,
    body: (place, random) => ({
      request: `{"instancesSet":{"items":[{"instanceId":"${instance(random)}"},{"instanceId":"${instance(random)}"}]},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"${vpc(place)}"}]}},{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}`,
    }),
  },
  {
    source: 'ec2.amazonaws.com',
    name: 'DescribeSecurityGroups',
    weight: 5,
    body: (place) => ({
      request: `{"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{"items":[{"name":"group-name","valueSet":{"items":[{"value":"default"}]}},{"name":"vpc-id","valueSet":{"items":[{"value":"${vpc(place)}"}]}}]}}`,
    }),
  },
  {
    source: 'ec2.amazonaws.com',
    name: 'DescribeNetworkInterfaces',
    weight: 4,
    body: (_, random) => ({
      request: `{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"group-id","valueSet":{"items":[{"value":"${securityGroup(random)}"}]}}]}}`,
    }),
  },
  {
    source: 'ec2.amazonaws.com',
    name: 'RunInstances',
    weight: 2,
    write: true,
    body: (place, random, timeMs) => {
      const id = instance(random);
      const type = random.pick(['m7g.large', 'c7i.2xlarge', 'g6.xlarge']);
      const size = random.int(3);
      const item = `{"instanceId":"${id}","imageId":"ami-05eed0123456789ab","currentInstanceBootMode":"uefi","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-0-1-${random.int(250)}.ec2.internal","amiLaunchIndex":0,"productCodes":{},"instanceType":"${type}","launchTime":${timeMs},"placement":{"availabilityZone":"${place.region}a","tenancy":"default"},"monitoring":{"state":"disabled"},"subnetId":"subnet-05eed0123456789ab","vpcId":"${vpc(place)}","stateReason":{"code":"pending","message":"pending"},"architecture":"arm64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{},"virtualizationType":"hvm","hypervisor":"xen","tagSet":{"items":${TAGS}},"sourceDestCheck":true,"iamInstanceProfile":{"arn":"arn:aws:iam::${place.accountId}:instance-profile/simulated","id":"AIPASIMULATEDPROFILE1"}}`;
      return {
        request: `{"instancesSet":{"items":[{"imageId":"ami-05eed0123456789ab","minCount":1,"maxCount":${size + 1}}]},"instanceType":"${type}","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":50,"deleteOnTermination":true,"encrypted":true,"kmsKeyId":"alias/aws/ebs"}}]},"monitoring":{"enabled":false},"disableApiTermination":false,"clientToken":"${random.hex(12)}-5eed-5eed","iamInstanceProfile":{"name":"simulated"},"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":${TAGS}}]}}`,
        response: `{"requestId":"${random.requestId()}","reservationId":"r-0${random.hex(4)}5eed01234567","ownerId":"${place.accountId}","groupSet":{},"instancesSet":{"items":[${new Array(size + 1).fill(item).join(',')}]}}`,
      };
    },
  },
  {
    source: 'ec2.amazonaws.com',
    name: 'CreateTags',
    weight: 1,
    write: true,
    body: (_, random) => ({
      request: `{"resourcesSet":{"items":[{"resourceId":"${instance(random)}"}]},"tagSet":{"items":${TAGS}}}`,
      response: `{"requestId":"${random.requestId()}","_return":true}`,
    }),
  },
  {
    source: 'ec2.amazonaws.com',
    name: 'AuthorizeSecurityGroupIngress',
    weight: 0.6,
    write: true,
    body: (place, random) => ({
      request: `{"groupId":"${securityGroup(random)}","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"203.0.113.0/24","description":"Büro – 事務所"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}`,
      response: `{"requestId":"${random.requestId()}","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"${place.accountId}","securityGroupRuleId":"sgr-0${random.hex(4)}5eed0123456","isEgress":false,"ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIpv4":"203.0.113.0/24"}]}}`,
    }),
  },
  {
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    weight: 7,
    body: (place, random, timeMs) => {
      const role = random.pick(place.principals);
      const session = random.pick(['SageMaker', 'lambda-session', 'i-05eed0123456789ab', 'AutoScaling']);
      return {
        service: random.pick(['sagemaker.amazonaws.com', 'lambda.amazonaws.com', 'ec2.amazonaws.com']),
        request: `{"roleArn":"arn:aws:iam::${place.accountId}:role/${role.name}","roleSessionName":"${session}","durationSeconds":3600,"sourceIdentity":"simulated"}`,
        response: `{"credentials":{"accessKeyId":"ASIASIM${random.base32(13)}","sessionToken":"SIMULATED5EED${'IQoJb3JpZ2luX2VjECwaCXVzLWVhc3QtMSJH'.repeat(12)}${random.alphanumeric(12)}=","expiration":"${englishTime(timeMs + 3_600_000)}"},"assumedRoleUser":{"assumedRoleId":"${role.uniqueId}:${session}","arn":"arn:aws:sts::${place.accountId}:assumed-role/${role.name}/${session}"}}`,
        resources: `[{"accountId":"${place.accountId}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::${place.accountId}:role/${role.name}"}]`,
      };
    },
  },
  { source: 'sts.amazonaws.com', name: 'GetCallerIdentity', weight: 3, body: () => ({ request: 'null' }) },
  {
    source: 'iam.amazonaws.com',
    name: 'GetRole',
    weight: 3,
    body: (place, random) => ({ request: `{"roleName":"${random.pick(place.principals).name}"}` }),
  },
  {
    source: 'iam.amazonaws.com',
    name: 'ListAttachedRolePolicies',
    weight: 3,
    body: (place, random) => ({ request: `{"roleName":"${random.pick(place.principals).name}"}` }),
  },
  {
    source: 'iam.amazonaws.com',
    name: 'PutRolePolicy',
    weight: 1,
    write: true,
    body: (place, random) => ({
      request: `{"roleName":"${random.pick(place.principals).name}","policyName":"inline-policy","policyDocument":${KEY_ACCESS_POLICY}}`,
    }),
  },
  {
    source: 'iam.amazonaws.com',
    name: 'CreateRole',
    weight: 0.5,
    write: true,
    body: (place, random, timeMs) => ({
      request: `{"roleName":"simulated-${random.hex(8)}","path":"/service-role/","assumeRolePolicyDocument":${TRUST_POLICY},"tags":${TAGS}}`,
      response: `{"role":{"path":"/service-role/","roleId":"AROASIM${random.base32(14)}","createDate":"${englishTime(timeMs)}","arn":"arn:aws:iam::${place.accountId}:role/service-role/simulated","assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"}}`,
    }),
  },
  {
    source: 'iam.amazonaws.com',
    name: 'GetUser',
    weight: 2,
    body: (place, random) => ({
      request: 'null',
      errorCode: 'AccessDenied',
      errorMessage: `User: arn:aws:sts::${place.accountId}:assumed-role/${random.pick(place.principals).name}/x is not authorized to perform: iam:GetUser on resource: user "λ" because no identity-based policy allows the iam:GetUser action`,
    }),
  },
  {
    source: 'ssm.amazonaws.com',
    name: 'GetParameter',
    weight: 6,
    body: (place, random) => {
      const parameter = `/simulated/${random.pick(['billing', 'claims', 'search'])}/${random.pick(['database-url', 'api-token', 'feature-flags'])}`;
      return {
        request: `{"name":"${parameter}","withDecryption":true}`,
        resources: `[{"accountId":"${place.accountId}","ARN":"arn:aws:ssm:${place.region}:${place.accountId}:parameter${parameter}"}]`,
      };
    },
  },
  {
    source: 'ssm.amazonaws.com',
    name: 'PutParameter',
    weight: 1,
    write: true,
    body: (place, random) => ({
      request: `{"name":"/simulated/${random.hex(6)}","value":"${hidden}","type":"SecureString","overwrite":true,"allowedPattern":"","tags":${TAGS},"tier":"Standard"}`,
      response: '{"version":3,"tier":"Standard"}',
      resources: `[{"accountId":"${place.accountId}","ARN":"arn:aws:ssm:${place.region}:${place.accountId}:parameter/simulated"}]`,
    }),
  },
  {
    source: 'ssm.amazonaws.com',
    name: 'UpdateInstanceInformation',
    weight: 5,
    write: true,
    body: (_, random) => ({
      request: `{"instanceId":"${instance(random)}","agentVersion":"3.3.2299.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.1.${random.int(250)}","computerName":"ip-10-0-1-${random.int(250)}.ec2.internal","agentName":"amazon-ssm-agent","availabilityZone":"a","sSMConnectionChannel":"ssmmessages"}`,
    }),
  },
  {
    source: 'secretsmanager.amazonaws.com',
    name: 'GetSecretValue',
    weight: 5,
    body: (place, random) => ({
      request: `{"secretId":"arn:aws:secretsmanager:${place.region}:${place.accountId}:secret:simulated/${random.pick(['db', 'mail', 'queue'])}-5eed01"}`,
    }),
  },
  {
    source: 'lambda.amazonaws.com',
    name: 'GetFunction20150331v2',
    weight: 3,
    body: (place, random) => ({
      request: `{"functionName":"arn:aws:lambda:${place.region}:${place.accountId}:function:${random.pick(['billing', 'claims', 'search'])}-handler"}`,
    }),
  },
  {
    source: 'lambda.amazonaws.com',
    name: 'UpdateFunctionConfiguration20150331v2',
    weight: 0.7,
    write: true,
    body: (place, random, timeMs) => ({
      request: `{"functionName":"billing-handler","environment":{"variables":{}},"description":${LOOKALIKE}}`,
      response: `{"functionName":"billing-handler","functionArn":"arn:aws:lambda:${place.region}:${place.accountId}:function:billing-handler","runtime":"nodejs24.x","role":"arn:aws:iam::${place.accountId}:role/service-role/billing-handler","handler":"index.handler","codeSize":${random.int(900_000)},"description":${LOOKALIKE},"timeout":30,"memorySize":512,"lastModified":"${new Date(timeMs).toISOString()}","codeSha256":"${random.hex(8)}5eed","version":"$LATEST","environment":{},"tracingConfig":{"mode":"PassThrough"},"revisionId":"${random.uuid()}","state":"Active","lastUpdateStatus":"InProgress","packageType":"Zip","architectures":["arm64"],"ephemeralStorage":{"size":512},"kMSKeyArn":"arn:aws:kms:${place.region}:${place.accountId}:key/00000000-5eed-4000-8000-000000000000"}`,
    }),
  },
  {
    source: 'logs.amazonaws.com',
    name: 'CreateLogStream',
    weight: 5,
    write: true,
    body: (_, random) => ({
      request: `{"logGroupName":"/aws/lambda/${random.pick(['billing', 'claims', 'search'])}-handler","logStreamName":"2026/03/01/[$LATEST]${random.hex(16)}"}`,
    }),
  },
  {
    source: 'logs.amazonaws.com',
    name: 'StartQuery',
    weight: 1,
    body: (_, random) => ({
      request: `{"logGroupNames":["simulated-trail"],"startTime":1772323200,"endTime":1772409600,"queryString":${QUERY},"limit":1000}`,
      response: `{"queryId":"${random.uuid()}"}`,
    }),
  },
  {
    source: 'logs.amazonaws.com',
    name: 'PutMetricFilter',
    weight: 0.3,
    write: true,
    body: () => ({
      request: `{"logGroupName":"simulated-trail","filterName":"key-changes","filterPattern":${METRIC_FILTER},"metricTransformations":[{"metricName":"KeyChanges","metricNamespace":"Simulated","metricValue":"1"}]}`,
    }),
  },
  {
    source: 'events.amazonaws.com',
    name: 'PutRule',
    weight: 0.4,
    write: true,
    body: (place) => ({
      request: `{"name":"simulated-kms","eventPattern":${EVENT_PATTERN},"state":"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS","description":"Schlüssel"}`,
      response: `{"ruleArn":"arn:aws:events:${place.region}:${place.accountId}:rule/simulated-kms"}`,
    }),
  },
  {
    source: 'cloudtrail.amazonaws.com',
    name: 'LookupEvents',
    weight: 1,
    body: (_, random) => ({
      request: `{"lookupAttributes":[{"attributeKey":"EventSource","attributeValue":"kms.amazonaws.com"}],"maxResults":50,"nextToken":"${random.alphanumeric(16)}"}`,
    }),
  },
  {
    source: 'glue.amazonaws.com',
    name: 'StartJobRun',
    weight: 0.7,
    write: true,
    body: (_, random) => ({
      // Members of the same names as a record's own, as a job's arguments.
      request: `{"jobName":"simulated-audit","arguments":{"eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventTime":"2026-01-01T00:00:00Z","eventID":"00000000-5eed-4000-8000-000000000000","records":"}]}"}}`,
      response: `{"jobRunId":"jr_${random.hex(32)}"}`,
    }),
  },
  {
    source: 'rds.amazonaws.com',
    name: 'DescribeDBInstances',
    weight: 3,
    body: (_, random) => ({
      request: `{"dBInstanceIdentifier":"simulated-${random.int(8)}","maxRecords":100}`,
    }),
  },
  {
    source: 'rds.amazonaws.com',
    name: 'CreateDBSnapshot',
    weight: 0.5,
    write: true,
    body: (place, random) => ({
      request: `{"dBSnapshotIdentifier":"simulated-${random.hex(6)}","dBInstanceIdentifier":"simulated-1","tags":${TAGS}}`,
      response: `{"dBSnapshotIdentifier":"simulated","engine":"postgres","engineVersion":"16.8","status":"creating","allocatedStorage":100,"availabilityZone":"${place.region}a","vpcId":"${vpc(place)}","masterUsername":"simulated","licenseModel":"postgresql-license","snapshotType":"manual","percentProgress":0,"storageType":"gp3","encrypted":true,"kmsKeyId":"arn:aws:kms:${place.region}:${place.accountId}:key/00000000-5eed-4000-8000-000000000000","dBSnapshotArn":"arn:aws:rds:${place.region}:${place.accountId}:snapshot:simulated","iAMDatabaseAuthenticationEnabled":true,"processorFeatures":[],"dbiResourceId":"db-SIMULATED5EED"}`,
    }),
  },
  {
    source: 'monitoring.amazonaws.com',
    name: 'DescribeAlarms',
    weight: 2,
    body: (_, random) => ({
      request: `{"alarmNames":["simulated-${random.int(40)}","simulated-${random.int(40)}"],"maxRecords":50}`,
    }),
  },
  {
    source: 'sagemaker.amazonaws.com',
    name: 'ListTrainingJobs',
    weight: 1,
    body: () => ({ request: 'null' }),
  },
  {
    source: 'sagemaker.amazonaws.com',
    name: 'DescribeTrainingJob',
    weight: 1,
    body: (_, random) => ({ request: `{"trainingJobName":"simulated-watched-${random.int(30)}"}` }),
  },
];

const WEIGHTS = new Weighted(CALLS, (call) => call.weight);

/** Writes one record of a service other than KMS down. */
export function emitOther(slice: Slice): void {
  const { random, record, world } = slice;
  const place = world.placeWeights.draw(random);
  const call = WEIGHTS.draw(random);
  const timeMs = slice.anyTime();
  const body = call.body(place, random, timeMs);
  const principal = random.pick(place.principals);
  record.version = drawVersion(random);
  record.source = call.source;
  record.name = call.name;
  record.region = place.region;
  record.account = place.accountId;
  if (body.service === undefined) {
    record.identity = `${slice.session(principal).open}}`;
    record.ip = principal.ip;
    record.agent = principal.agent;
    record.vpcEndpointId = principal.vpcEndpointId;
    record.tlsHost = `${call.source.slice(0, -14)}.${place.region}.amazonaws.com`;
    record.fromConsole = principal.kind === 'sso-role' && random.chance(0.5);
  } else {
    record.identity = `{"type":"AWSService","invokedBy":"${body.service}"}`;
    record.ip = body.service;
    record.agent = body.service;
  }
  record.request = body.request;
  record.response = body.response ?? 'null';
  record.additional = body.additional ?? '';
  record.resources = body.resources ?? '';
  if (body.errorCode !== undefined) {
    record.errorCode = body.errorCode;
    record.errorMessage = JSON.stringify(body.errorMessage ?? '');
  }
  record.requestId = random.requestId();
  record.eventId = random.uuid();
  record.readOnly = call.write !== true;
  slice.emit(timeMs, undefined);
}
