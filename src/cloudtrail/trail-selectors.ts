/** The selectors of a trail, which are all of one sort. */
export interface TrailSelectors {
  readonly basic: readonly BasicSelector[];
  readonly advanced: readonly AdvancedSelector[];
}

export interface BasicSelector {
  readonly readWriteType: string;
  readonly includesManagementEvents: boolean;
  readonly excludedSources: readonly string[];
}

/** The conditions on fields, all of which an event must satisfy. */
export type AdvancedSelector = readonly FieldSelector[];

export interface FieldSelector {
  readonly field: string;
  readonly equals: readonly string[];
  readonly startsWith: readonly string[];
  readonly endsWith: readonly string[];
  readonly notEquals: readonly string[];
  readonly notStartsWith: readonly string[];
  readonly notEndsWith: readonly string[];
}
