/** The ids of the rules, which docs/alert-rules.md describes. */
export const RULE_IDS = [
  'unexpected-principal',
  'first-seen-principal',
  'use-without-job',
  'use-outside-job-window',
  'undeclared-key',
  'cross-account-use',
  'root-use',
  'denied-burst',
  'volume-spike',
  'use-stopped',
  'unexpected-grantee',
  'key-policy-changed',
  'key-replicated',
  'alias-moved',
  'retired-key-encrypts',
  'key-disabled-or-deletion-scheduled',
  'key-material-changed',
  'job-not-encrypted-with-customer-key',
] as const;

export type RuleId = (typeof RULE_IDS)[number];

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

export type Severity = (typeof SEVERITIES)[number];
