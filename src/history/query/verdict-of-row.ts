import type { InspectedUse } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge, Verdict } from '../../expectations/verdict.ts';
import type { KeyArn } from '../../kms/key-use.ts';
import type { UsageRow } from './questions.ts';

/**
 * What the expectations say of a row of the history: its `expected` and, of `yes`, its `expectation`.
 * @param row as the history answers it, its attribution as known by now
 */
export function verdictOfRow(judge: ExpectationJudge, row: UsageRow): Verdict {
  return judge.judge(inspectedUseOfRow(row));
}

function inspectedUseOfRow({ eventTime, keyArn, attribution, ...row }: UsageRow): InspectedUse {
  return {
    ...row,
    // It was checked when the row's record was read.
    keyArn: keyArn as KeyArn | undefined,
    eventTimeMs: Date.parse(eventTime),
    joinedTo: attribution,
  };
}
