import { isObject, parsedJson } from '../cloudtrail/json-members.ts';
import { matchesWildcard } from '../text/wildcard.ts';
import type { EventRule } from './event-rule.ts';

/** The known fields of an event; the others may have any value. */
export type EventSketch = { readonly [field: string]: string | EventSketch };

/**
 * Whether a rule's pattern can match an event of which only these fields are known. Filters that are unknown here
 * count as matching, so that the answer is no only where AWS would not match.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function mayMatch(patternText: string, event: EventSketch): boolean {
  const pattern = parsedJson(patternText);
  return isObject(pattern) && objectMayMatch(pattern, event);
}

function objectMayMatch(pattern: object, event: EventSketch): boolean {
  return Object.entries(pattern).every(([field, wanted]: [string, unknown]) => {
    if (field === '$or')
      return Array.isArray(wanted) && wanted.some((part) => isObject(part) && objectMayMatch(part, event));
    const known = Object.hasOwn(event, field) ? event[field] : undefined;
    if (known === undefined) return true;
    if (typeof known === 'string')
      return !Array.isArray(wanted) || wanted.some((filter) => valueMayMatch(filter, known));
    return !isObject(wanted) || objectMayMatch(wanted, known);
  });
}

function valueMayMatch(filter: unknown, value: string): boolean {
  if (!isObject(filter)) return filter === value;
  return Object.entries(filter).every(([operator, wanted]: [string, unknown]) => {
    switch (operator) {
      case 'prefix':
        return textMayMatch(wanted, (text) => value.startsWith(text));
      case 'suffix':
        return textMayMatch(wanted, (text) => value.endsWith(text));
      case 'equals-ignore-case':
        return textMayMatch(wanted, (text) => value.toLowerCase() === text.toLowerCase());
      case 'wildcard':
        return textMayMatch(wanted, (text) => matchesWildcard(text, value));
      case 'anything-but': {
        const excluded: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
        return !excluded.some((one) => one === value || (isObject(one) && valueMayMatch(one, value)));
      }
      case 'exists':
        return wanted !== false;
      default:
        return true;
    }
  });
}

/** Below `anything-but` an operator may have a list of texts. */
function textMayMatch(wanted: unknown, matches: (text: string) => boolean): boolean {
  const texts: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  return texts.some((text) => typeof text !== 'string' || matches(text));
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const MANAGEMENT_EVENT_TYPES = ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'];

/** Whether a rule may match management events of CloudTrail, which come only to a rule in the right state. */
export function mayMatchManagementEvents({ pattern }: EventRule): boolean {
  return (
    pattern !== undefined && MANAGEMENT_EVENT_TYPES.some((type) => mayMatch(pattern, { 'detail-type': type }))
  );
}
