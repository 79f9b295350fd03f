import type { InspectedUse } from '../expectations/inspected-use.ts';
import type { Subject } from './subject.ts';

/** The key of a use, by its ARN or else by what the event called it. */
export function keyOf({ keyArn, keyRef }: InspectedUse): Subject {
  if (keyArn !== undefined) return { keyArn };
  return keyRef === undefined ? {} : { keyRef };
}

/** Whose use of which key. */
export function keyAndPrincipalOf(use: InspectedUse): Subject {
  const { id } = use.principal;
  return { ...keyOf(use), ...(id === undefined ? {} : { principalId: id }) };
}

/** How a sentence names the key of a subject. */
export function keyName({ keyArn, keyRef }: Subject): string {
  return keyArn ?? keyRef ?? 'a key that no record names';
}

export function principalName({ principalId }: Subject): string {
  return principalId ?? 'a principal that no record names';
}
