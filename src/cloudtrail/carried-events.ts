import type { AdvancedSelector, BasicSelector, FieldSelector, TrailSelectors } from './trail-selectors.ts';

/** The management events that a history needs. Uses of keys are Read events; requests for jobs are Write events. */
export type EventKind = 'kms-read' | 'kms-write' | 'sagemaker-read' | 'sagemaker-write';

const EVENT_KINDS: readonly EventKind[] = ['kms-read', 'kms-write', 'sagemaker-read', 'sagemaker-write'];

/** Read events of SageMaker add nothing to the others. */
export const NEEDED_EVENTS: readonly EventKind[] = ['kms-read', 'kms-write', 'sagemaker-write'];

export interface CarriedEvents {
  readonly kinds: ReadonlySet<EventKind>;
  /** Fields by which selectors let only some events of a kind through. */
  readonly filteredBy: readonly string[];
}

/**
 * The events that a trail delivers: those that any of its selectors matches.
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

/** Fields that may match one event of a kind and not another. */
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
 * Selecting operators are combined by OR, deselecting ones by AND, and the two groups by AND:
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
