import {
  type AwsSecurityFinding,
  BatchImportFindingsCommand,
  type Resource,
  SecurityHubClient,
  type SecurityHubClientConfig,
} from '@aws-sdk/client-securityhub';
import type { Severity } from '../rule-id.ts';
import { type RecordsChannel, refusedBy } from './channel.ts';
import type { Notice } from './notice.ts';
import { regionOf } from './region-of.ts';
import { cut } from './safe-text.ts';

/** The limit of BatchImportFindings; each finding may have 240 KB. */
const FINDINGS_AT_A_TIME = 100;
/** The limit of a resource id in the AWS Security Finding Format. */
const RESOURCE_ID_LENGTH = 512;

/** Where the channel imports findings. */
export interface SecurityHubSettings {
  /** `arn:aws:securityhub:<region>:<account>:product/<account>/default`, or the ARN of your own product. */
  readonly productArn: string;
  readonly floor: Severity;
}

/** Imports one finding for each alert. Later changes of the alert update the finding. */
export function securityHubChannel(
  { productArn, floor }: SecurityHubSettings,
  client: SecurityHubClient,
): RecordsChannel {
  return {
    kind: 'records',
    name: 'security-hub',
    floor,
    atATime: FINDINGS_AT_A_TIME,
    async sendAll(notices) {
      const byFinding = new Map(notices.map((notice) => [findingId(notice, productArn), notice.id]));
      try {
        const Findings = notices.map((notice) => findingOf(notice, productArn));
        const { FailedFindings = [] } = await client.send(new BatchImportFindingsCommand({ Findings }));
        return new Map(
          FailedFindings.map(({ Id, ErrorCode }) => [
            byFinding.get(Id ?? '') ?? '',
            `Security Hub did not take it: ${ErrorCode ?? 'no error code'}.`,
          ]),
        );
      } catch (error) {
        throw refusedBy('Security Hub', error);
      }
    },
  };
}

/**
 * An alert in the AWS Security Finding Format.
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
 */
export function findingOf(notice: Notice, productArn: string): AwsSecurityFinding {
  const { account, region, partition } = partsOf(productArn);
  const severity = { Label: labelOf(notice.severity) };
  const types = ['Unusual Behaviors/Data'];
  const { firstSeen, lastSeen, link } = notice;
  return {
    SchemaVersion: '2018-10-08',
    Id: findingId(notice, productArn),
    ProductArn: productArn,
    GeneratorId: `keytrail/${notice.rule}`,
    // The default product accepts only findings of its own account. The resources name the key's account.
    AwsAccountId: account,
    Types: types,
    CreatedAt: firstSeen ?? notice.change.time,
    UpdatedAt: notice.change.time,
    ...(firstSeen === undefined ? {} : { FirstObservedAt: firstSeen }),
    ...(lastSeen === undefined ? {} : { LastObservedAt: lastSeen }),
    Severity: severity,
    // An import changes the severity and types of an existing finding only through these fields.
    FindingProviderFields: { Severity: severity, Types: types },
    Title: cut(notice.title, 256),
    Description: cut([notice.title, ...notice.details].join(' '), 1024),
    Remediation: { Recommendation: { Text: cut(notice.checkNext.join(' '), 512) } },
    ...(link.startsWith('https://') ? { SourceUrl: link } : {}),
    ProductFields: {
      'keytrail/id': notice.id,
      'keytrail/alertId': notice.alertId,
      'keytrail/change': String(notice.change.number),
      'keytrail/state': notice.state,
      'keytrail/reason': cut(notice.change.reason, 1024),
      'keytrail/events': String(notice.count),
    },
    Resources: resourcesOf(notice, { account, region, partition }),
    // People own the workflow status: an import sets it only when it creates the finding.
    Workflow: { Status: notice.state === 'open' ? 'NEW' : 'NOTIFIED' },
    RecordState: notice.state === 'resolved' ? 'ARCHIVED' : 'ACTIVE',
  };
}

function findingId({ alertId }: Notice, productArn: string): string {
  const { account, region } = partsOf(productArn);
  return `keytrail/${region}/${account}/${alertId}`;
}

function resourcesOf(
  { keyArn, keyRef, principalId, jobArn, grantee, accountId }: Notice,
  { account, region, partition }: { account: string; region: string; partition: string },
): Resource[] {
  const resources: Resource[] = [];
  const add = (Type: string, id: string | undefined, Region = region) => {
    if (id === undefined) return;
    const Partition = partitionOf(partition);
    resources.push({ Type, Id: cut(id, RESOURCE_ID_LENGTH), Region, ...(Partition && { Partition }) });
  };
  add('AwsKmsKey', keyArn, keyArn?.split(':')[3]);
  if (keyArn === undefined) add('Other', keyRef);
  add(typeOfPrincipal(principalId), principalId);
  add('Other', jobArn, jobArn?.split(':')[3]);
  add(typeOfPrincipal(grantee), grantee);
  if (resources.length === 0) add('AwsAccount', `AWS::::Account:${accountId ?? account}`);
  return resources;
}

function typeOfPrincipal(id = ''): string {
  if (/^arn:[^:]+:iam::\d{12}:role\//.test(id)) return 'AwsIamRole';
  return /^arn:[^:]+:iam::\d{12}:user\//.test(id) ? 'AwsIamUser' : 'Other';
}

function partitionOf(name: string): 'aws' | 'aws-cn' | 'aws-us-gov' | undefined {
  return name === 'aws' || name === 'aws-cn' || name === 'aws-us-gov' ? name : undefined;
}

function labelOf(severity: Severity): 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' {
  switch (severity) {
    case 'critical':
      return 'CRITICAL';
    case 'high':
      return 'HIGH';
    case 'medium':
      return 'MEDIUM';
    case 'low':
      return 'LOW';
    default:
      return severity satisfies never;
  }
}

function partsOf(arn: string): { partition: string; region: string; account: string } {
  const [, partition = 'aws', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
}

/** The channel with its own client in the product's Region. */
export function openSecurityHub(
  settings: SecurityHubSettings,
  patience: SecurityHubClientConfig,
): RecordsChannel {
  return securityHubChannel(
    settings,
    new SecurityHubClient({ ...regionOf(settings.productArn), ...patience }),
  );
}
