import { isObject, textIn } from './json-members.ts';
import type { BasicSelector, FieldSelector, TrailSelectors } from './trail-selectors.ts';

/**
 * The selectors in a PutEventSelectors request, with defaults for missing members; undefined if it has none.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
 */
export function selectorsInRequest(request: {
  readonly eventSelectors?: unknown;
  readonly advancedEventSelectors?: unknown;
}): TrailSelectors | undefined {
  const { eventSelectors, advancedEventSelectors } = request;
  if (!Array.isArray(eventSelectors) && !Array.isArray(advancedEventSelectors)) return undefined;
  return {
    basic: listIn(eventSelectors).map(basicIn),
    advanced: listIn(advancedEventSelectors).map((selector) =>
      isObject<'fieldSelectors'>(selector) ? listIn(selector.fieldSelectors).map(fieldIn) : [],
    ),
  };
}

function basicIn(value: unknown): BasicSelector {
  const selector = isObject<'excludeManagementEventSources' | 'includeManagementEvents' | 'readWriteType'>(
    value,
  )
    ? value
    : {};
  return {
    readWriteType: textIn(selector.readWriteType) ?? 'All',
    includesManagementEvents: selector.includeManagementEvents !== false,
    excludedSources: textsIn(selector.excludeManagementEventSources),
  };
}

function fieldIn(value: unknown): FieldSelector {
  const selector = isObject<keyof FieldSelector>(value) ? value : {};
  return {
    field: textIn(selector.field) ?? '',
    equals: textsIn(selector.equals),
    startsWith: textsIn(selector.startsWith),
    endsWith: textsIn(selector.endsWith),
    notEquals: textsIn(selector.notEquals),
    notStartsWith: textsIn(selector.notStartsWith),
    notEndsWith: textsIn(selector.notEndsWith),
  };
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsIn(value: unknown): readonly string[] {
  return listIn(value).filter((text) => typeof text === 'string');
}
