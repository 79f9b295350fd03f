import type { AdvancedSelector, BasicSelector, FieldSelector, TrailSelectors } from './trail-selectors.ts';

/** The management events that a history lives on: KMS's uses are Read events, what begins a job is a Write. */
export type EventKind = 'kms-read' | 'kms-write' | 'sagemaker-read' | 'sagemaker-write';

const EVENT_KINDS: readonly EventKind[] = ['kms-read', 'kms-write', 'sagemaker-read', 'sagemaker-write'];

/** Reads of SageMaker tell nothing that is not told otherwise. */
export const NEEDED_EVENTS: readonly EventKind[] = ['kms-read', 'kms-write', 'sagemaker-write'];

export interface CarriedEvents {
  readonly kinds: ReadonlySet<EventKind>;
  /** Fields of selectors that let some events of a kind through and not others. */
  readonly filteredBy: readonly string[];
}

/**
 * What a trail carries: an event that any of its selectors matches.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
 */
export function carriedEvents({ basic, advanced }: TrailSelectors): CarriedEvents {
  // "By default, trails created without specific event selectors are configured to log all read and write
  // management events": https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
  if (basic.length === 0 && advanced.length === 0) return { kinds: new Set(EVENT_KINDS), filteredBy: [] };
  const ofManagement = advanced.filter((selector) => satisfies(selector, 'eventCategory', 'Management'));
  const whole = ofManagement.filter((selector) => unjudgedFields(selector).length === 0);
  const kinds = EVENT_KINDS.filter(
    (kind) =>
      basic.some((selector) => basicCarries(selector, kind)) ||
      whole.some((selector) => advancedCarries(selector, kind)),
  );
  return { kinds: new Set(kinds), filteredBy: [...new Set(ofManagement.flatMap(unjudgedFields))] };
}

function basicCarries(selector: BasicSelector, kind: EventKind): boolean {
  if (!selector.includesManagementEvents || selector.excludedSources.includes(sourceOf(kind))) return false;
  return selector.readWriteType === 'All' || (selector.readWriteType === 'ReadOnly') === isRead(kind);
}

function advancedCarries(selector: AdvancedSelector, kind: EventKind): boolean {
  return (
    satisfies(selector, 'eventSource', sourceOf(kind)) &&
    satisfies(selector, 'readOnly', String(isRead(kind)))
  );
}

/** What further fields say of one event they may not say of the next of its kind. */
function unjudgedFields(selector: AdvancedSelector): string[] {
  return selector
    .map(({ field }) => field)
    .filter((field) => !['eventCategory', 'eventSource', 'readOnly'].includes(field));
}

function satisfies(selector: AdvancedSelector, field: string, value: string): boolean {
  return selector
    .filter((condition) => condition.field === field)
    .every((condition) => holds(condition, value));
}

/**
 * Operators that select are joined by OR, those that deselect by AND, and both by AND:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html#filtering-data-events-conditions
 */
function holds(condition: FieldSelector, value: string): boolean {
  const { equals, startsWith, endsWith, notEquals, notStartsWith, notEndsWith } = condition;
  const isDeselected =
    notEquals.includes(value) ||
    notStartsWith.some((prefix) => value.startsWith(prefix)) ||
    notEndsWith.some((suffix) => value.endsWith(suffix));
  if (isDeselected) return false;
  const selectsNothing = equals.length + startsWith.length + endsWith.length === 0;
  return (
    selectsNothing ||
    equals.includes(value) ||
    startsWith.some((prefix) => value.startsWith(prefix)) ||
    endsWith.some((suffix) => value.endsWith(suffix))
  );
}

function sourceOf(kind: EventKind): string {
  return kind.startsWith('kms') ? 'kms.amazonaws.com' : 'sagemaker.amazonaws.com';
}

function isRead(kind: EventKind): boolean {
  return kind.endsWith('read');
}
