import { ALERT_STATES } from '../alerts/alert.ts';
import { RULE_IDS } from '../alerts/rule-id.ts';
import type { AlertFilter } from '../alerts/store/alert-questions.ts';
import {
  GROUP_DIMENSIONS,
  type GroupDimension,
  type TimeWindow,
  type UsageFilter,
} from '../history/query/questions.ts';
import {
  commaSeparated,
  instant,
  oneOf,
  repeated,
  single,
  singleWithDefault,
  text,
  wholeNumber,
} from './parameter-kinds.ts';
import { bad, checked, good, type ParameterSet, type Reading, together } from './parameter-set.ts';

const windowMembers = {
  fromMs: single('from', instant, {
    description: 'First time, inclusive. Default: the first row.',
  }),
  toMs: single('to', instant, { description: 'Last time, exclusive. Default: just after the newest row.' }),
};

const members = together({
  key: repeated('key', text, {
    description: 'Key ARN, bare key id, alias with or without `alias/`, or alias ARN.',
    example: ['arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  }),
  principal: repeated('principal', text, {
    description: '`principal.id` of the row, an assumed-role ARN, or a bare role or user name.',
  }),
  job: repeated('job', text, {
    description: 'ARN or bare name of a SageMaker job that the row is attributed to.',
  }),
  operation: repeated('operation', text, { description: 'KMS operation, such as `Decrypt`, in any case.' }),
  category: repeated('category', oneOf(['cryptographic', 'grant', 'management']), {
    description: 'The category of the operation.',
  }),
  outcome: repeated('outcome', oneOf(['success', 'denied', 'failed', 'probe']), {
    description: 'The outcome; `probe` is a dry run.',
  }),
  status: repeated('status', oneOf(['exact', 'strong', 'probable', 'ambiguous', 'none']), {
    description: 'How certain the attribution to a job is.',
  }),
  account: repeated('account', text, {
    description: 'Account of the caller, of the key, or of any copy of the event.',
  }),
  region: repeated('region', text, { description: 'Region in which the event was recorded.' }),
  expected: repeated('expected', oneOf(['yes', 'no', 'no-rule']), {
    description: 'Whether an expectation allows the use.',
  }),
  ...windowMembers,
});

/** The filters of usage and its summary. A window that ends before it starts is bad `from`. */
export const usageFilterParameters: ParameterSet<UsageFilter> = checked(members, inOrder);

export const timeWindowParameters: ParameterSet<TimeWindow> = checked(together(windowMembers), inOrder);

function inOrder<Window extends TimeWindow>(window: Window): Reading<Window> {
  return window.fromMs !== undefined && window.toMs !== undefined && window.fromMs >= window.toMs
    ? bad('from', 'must be before to')
    : good(window);
}

/** The filters of alerts. */
export const alertFilterParameters: ParameterSet<AlertFilter> = together({
  state: repeated('state', oneOf(ALERT_STATES), { description: 'Default: every state.' }),
  rule: repeated('rule', oneOf(RULE_IDS), { description: 'Name of a rule.' }),
  key: repeated('key', text, {
    description: 'Key ARN, bare key id, alias with or without `alias/`, or alias ARN.',
  }),
  principal: repeated('principal', text, {
    description: '`principal.id` of the rows, an assumed-role ARN, or a bare role or user name.',
  }),
});

export const orderParameter = singleWithDefault('order', oneOf(['asc', 'desc']), {
  description: 'Oldest or newest first.',
  default: 'asc',
});

export const pageParameters = together({
  limit: singleWithDefault('limit', wholeNumber(1, 1000), {
    description: 'Most items of the answer.',
    default: 100,
  }),
  cursor: single('cursor', text, { description: '`next` of the answer before, to the same question.' }),
});

/** The dimensions in the order given, each once. Without any, one group counts everything. */
export const groupByParameter: ParameterSet<readonly GroupDimension[]> = checked(
  commaSeparated('groupBy', oneOf(GROUP_DIMENSIONS), {
    description: 'What to group by, separated by commas. Without it, one group counts everything.',
    example: ['key', 'principal'],
  }),
  (dimensions) => good([...new Set(dimensions)]),
);
