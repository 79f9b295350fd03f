import { mayMatch } from './event-pattern.ts';
import type { Rule } from './rule.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const MANAGEMENT_EVENT_TYPES = ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'];

/** Whether a rule may take what CloudTrail tells of calls, which is where its state matters. */
export function takesManagementEvents({ pattern }: Rule): boolean {
  return (
    pattern !== undefined && MANAGEMENT_EVENT_TYPES.some((type) => mayMatch(pattern, { 'detail-type': type }))
  );
}
