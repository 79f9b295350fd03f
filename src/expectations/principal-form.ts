import { kindOfIdentityArn } from '../cloudtrail/identity-arn.ts';
import { isServiceHost } from '../cloudtrail/service-host.ts';
import { ACCOUNT_ID, PRINCIPAL_FORM } from './forms.ts';
import { serviceName } from './service-name.ts';

/** How an expectation names a `principal.id`; undefined if it cannot. */
export function principalForm(id: string): string | undefined {
  const form = unchecked(id);
  return PRINCIPAL_FORM.test(form) ? form : undefined;
}

function unchecked(id: string): string {
  if (kindOfIdentityArn(id) !== undefined) return id;
  if (ACCOUNT_ID.test(id)) return `account:${id}`;
  return isServiceHost(id) ? `service:${serviceName(id)}` : `id:${id}`;
}
