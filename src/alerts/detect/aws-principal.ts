import { AWS_DNS_SUFFIX } from '../../cloudtrail/aws-dns-suffix.ts';
import { pseudoRoleOf } from '../../cloudtrail/aws-pseudo-role.ts';
import type { InspectedUse } from '../../expectations/inspected-use.ts';

const SERVICE_HOST = new RegExp(String.raw`^[a-z0-9.-]+\.${AWS_DNS_SUFFIX}$`);
/** A role that only a service can assume. */
const ROLE_OF_SERVICE = /^arn:[a-z0-9-]+:iam::\d{12}:role\/aws-service-role\//;

/** Whether a principal is an AWS service, AWS infrastructure or a role that only a service can assume. */
export function isAwsPrincipal(principalId: string): boolean {
  return (
    SERVICE_HOST.test(principalId) ||
    ROLE_OF_SERVICE.test(principalId) ||
    pseudoRoleOf(principalId) !== undefined
  );
}

/** Whether AWS itself made a use. New services appear on a key all the time, so they are never new principals. */
export function isUseByAws({ principal }: InspectedUse): boolean {
  return principal.type === 'service' || (principal.id !== undefined && isAwsPrincipal(principal.id));
}
