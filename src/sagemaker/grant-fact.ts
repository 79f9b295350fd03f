import { AWS_DNS_SUFFIX } from '../cloudtrail/aws-dns-suffix.ts';
import { pseudoRoleOf } from '../cloudtrail/aws-pseudo-role.ts';
import type { KeyUse } from '../kms/key-use.ts';
import type { GrantFact } from './job-fact.ts';
import { resourceArnOf } from './resource-arn.ts';

const volumeId = /^vol-[0-9a-f]{8,32}$/;

/** The most values that are kept of a grant's constraints; SageMaker sets one or two. */
const maxContextValues = 20;

/**
 * A fact about a grant that may be a job's: a role, SageMaker, or somebody through SageMaker created it; its grantee is
 * SageMaker, or EC2, which attaches volumes; or it is constrained to a SageMaker resource. From the constraints only
 * values that name such a resource or a volume are kept.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
 */
export function grantFactOf(use: KeyUse): GrantFact | undefined {
  const { grant, accountId, region, keyArn, principal, join } = use;
  if (use.operation !== 'CreateGrant' || use.outcome !== 'success' || grant?.id === undefined) {
    return undefined;
  }
  if (accountId === undefined || region === undefined) {
    return undefined;
  }
  const contextValues = contextValuesOf(grant.constraints);
  const isOfJob =
    principal.type === 'role' ||
    isSageMakerOrEc2(principal.id) ||
    isSageMakerOrEc2(principal.via) ||
    isSageMakerOrEc2(grant.grantee) ||
    contextValues.some((value) => resourceArnOf(value) !== undefined);
  if (!isOfJob) {
    return undefined;
  }
  return {
    kind: 'grant',
    accountId,
    region,
    timeMs: use.eventTimeMs,
    grantId: grant.id,
    ...(keyArn === undefined ? {} : { keyArn }),
    ...(principal.id === undefined ? {} : { creator: principal.id }),
    ...(grant.grantee === undefined ? {} : { grantee: grant.grantee }),
    ...(contextValues.length === 0 ? {} : { contextValues }),
    ...(join?.accessKeyHash === undefined ? {} : { accessKeyHash: join.accessKeyHash }),
    ...(join?.sessionStartMs === undefined ? {} : { sessionStartMs: join.sessionStartMs }),
  };
}

function contextValuesOf(constraints: NonNullable<KeyUse['grant']>['constraints']): readonly string[] {
  const values = new Set<string>();
  for (const context of Object.values(constraints ?? {})) {
    for (const value of Object.values(context)) {
      if (values.size < maxContextValues && (volumeId.test(value) || resourceArnOf(value) !== undefined)) {
        values.add(value);
      }
    }
  }
  return [...values].sort();
}

const SAGEMAKER_OR_EC2 = new RegExp(
  String.raw`^(?:[\w-]+\.)*(?:sagemaker[\w-]*|ec2)\.(?:[\w-]+\.)*${AWS_DNS_SUFFIX}$`,
);

/**
 * Whether a principal is `job.sagemaker.amazonaws.com`, `sagemaker-geospatial.us-west-2.amazonaws.com`,
 * `ec2.us-east-1.amazonaws.com` or such, or EC2's principal for an instance, `<account>:aws:ec2-infrastructure:i-…`.
 */
function isSageMakerOrEc2(principal: string | undefined): boolean {
  if (principal === undefined) return false;
  return SAGEMAKER_OR_EC2.test(principal) || pseudoRoleOf(principal) === 'aws:ec2-infrastructure';
}
