import type { DayEvidence } from './alert.ts';
import type { RuleId } from './rule-id.ts';
import type { Subject } from './subject.ts';

/** What a rule found about one subject on one day. */
export interface Finding {
  readonly rule: RuleId;
  readonly subject: Subject;
  readonly evidence: DayEvidence;
  /** When it became true, if later than the last use: the absence of uses can be a finding. Epoch milliseconds. */
  readonly trueMs?: number;
}
