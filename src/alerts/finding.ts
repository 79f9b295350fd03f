import type { DayEvidence } from './alert.ts';
import type { RuleId } from './rule-id.ts';
import type { Subject } from './subject.ts';

/** What the uses of one day gave of one matter. */
export interface Finding {
  readonly rule: RuleId;
  readonly subject: Subject;
  readonly evidence: DayEvidence;
  /** When the matter came true, where that is after its last use: nothing can happen too. Epoch milliseconds. */
  readonly trueMs?: number;
}
