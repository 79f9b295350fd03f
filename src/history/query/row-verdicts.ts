import type { JoinedTo } from '../../expectations/inspected-use.ts';
import type { ExpectationJudge, Verdict } from '../../expectations/verdict.ts';
import type { RowSet } from '../facts/row-set.ts';
import { InspectedRow, joinedToOf } from './inspected-row.ts';

/** What the expectations say of the rows of a set. Rows that are alike in what matters are judged once. */
export class RowVerdicts {
  readonly #set: RowSet;
  readonly #judge: ExpectationJudge;
  readonly #use: InspectedRow;
  readonly #joins: (JoinedTo | undefined)[] = [];
  /** Verdicts of rows that differ only in time, event and context; null where the verdict depends on the time. */
  readonly #alike = new Map<number, Verdict | null>();

  constructor(set: RowSet, judge: ExpectationJudge) {
    this.#set = set;
    this.#judge = judge;
    this.#use = new InspectedRow(set);
  }

  of(row: number): Verdict {
    const set = this.#set;
    const judgement = set.judgement[row] as number;
    let joinedTo = this.#joins[judgement];
    if (joinedTo === undefined) {
      joinedTo = joinedToOf(set.judgements.text(judgement));
      this.#joins[judgement] = joinedTo;
    }
    this.#use.row = row;
    this.#use.joinedTo = joinedTo;
    // Grants differ from use to use.
    const extra = set.extra[row] as number;
    if (extra !== 0 && set.extraAt(extra).grant !== undefined) return this.#judge.judge(this.#use);
    const profileAndSession =
      (set.profile[row] as number) * set.sessions.texts.length + (set.session[row] as number);
    const number = profileAndSession * set.judgements.texts.length + judgement;
    let verdict = this.#alike.get(number);
    if (verdict === undefined) {
      verdict = this.#judge.judgeAtAnyTime(this.#use) ?? null;
      this.#alike.set(number, verdict);
    }
    return verdict ?? this.#judge.judge(this.#use);
  }
}
