import type { InspectedUse } from '../expectations/inspected-use.ts';
import type { Subject } from './subject.ts';

/** The key of a use: its ARN, or the reference in the event where no ARN is known. */
export function keyOf({ keyArn, keyRef }: InspectedUse): Subject {
  if (keyArn !== undefined) return { keyArn };
  return keyRef === undefined ? {} : { keyRef };
}

/** The key and the principal of a use. */
export function keyAndPrincipalOf(use: InspectedUse): Subject {
  const { id } = use.principal;
  return { ...keyOf(use), ...(id === undefined ? {} : { principalId: id }) };
}

/** How a sentence names the key of a subject. */
export function keyText({ keyArn, keyRef }: Subject): string {
  return keyArn ?? keyRef ?? 'a key that no record names';
}

/** How a sentence names the principal of a subject. */
export function principalText({ principalId }: Subject): string {
  return principalId ?? 'a principal that no record names';
}
