import type { JoinedTo } from '../../expectations/inspected-use.ts';
import { parseSession, SESSION_AT } from '../../history/facts/fact.ts';
import type { RowSet } from '../../history/facts/row-set.ts';
import { joinedToOf } from '../../history/query/inspected-row.ts';

/**
 * Rows of one set that differ only in their times, event ids, encryption contexts and session names. A day has millions
 * of rows but only some thousand such groups.
 */
export interface AlikeRows {
  /** Row numbers, at least one. */
  readonly rows: number[];
  /** The number of the profile that the rows share. */
  readonly profile: number;
  /** Undefined while the join may still change. */
  readonly joinedTo: JoinedTo | undefined;
  /** Whether the rows are about grants. No two grants are alike, so each row is judged by itself. */
  readonly isOfGrants: boolean;
  /** The time of the newest row, epoch milliseconds. */
  lastMs: number;
}

/** Groups the rows of a set. @param joinedBeforeMs the join is final for uses before this, epoch milliseconds */
export function alikeRowsOf(set: RowSet, joinedBeforeMs: number): AlikeRows[] {
  const { times, profile: profiles, session: sessions, judgement: judgements, extra: extras } = set;
  const callerOf = callersOf(set);
  const joins: (JoinedTo | undefined)[] = [];
  const kinds = new Map<number, AlikeRows>();
  const callers = set.sessions.texts.length;
  const judged = set.judgements.texts.length;
  let kind: AlikeRows | undefined;
  let lastNumber = -1;
  for (let row = 0; row < set.length; row++) {
    const timeMs = times[row] as number;
    const profile = profiles[row] as number;
    const judgement = judgements[row] as number;
    const extra = extras[row] as number;
    const isYoung = timeMs >= joinedBeforeMs;
    const isOfGrants = extra !== 0 && set.extraAt(extra).grant !== undefined;
    const caller = callerOf(sessions[row] as number);
    const number =
      ((profile * callers + caller) * judged + judgement) * 4 + (isYoung ? 2 : 0) + (isOfGrants ? 1 : 0);
    // Rows of one group tend to be neighbours.
    if (kind === undefined || number !== lastNumber) {
      lastNumber = number;
      kind = kinds.get(number);
    }
    if (kind === undefined) {
      joins[judgement] ??= joinedToOf(set.judgements.text(judgement));
      const joinedTo = isYoung ? undefined : joins[judgement];
      kind = { rows: [], profile, joinedTo, isOfGrants, lastMs: timeMs };
      kinds.set(number, kind);
    }
    kind.rows.push(row);
    if (timeMs > kind.lastMs) kind.lastMs = timeMs;
  }
  return [...kinds.values()];
}

/** Numbers sessions by what expectations ask about: the service they went through, and where they came from. */
function callersOf(set: RowSet): (session: number) => number {
  const known: number[] = [];
  const byText = new Map<string, number>();
  return (session) => {
    let caller = known[session];
    if (caller === undefined) {
      const parsed = parseSession(set.sessions.text(session));
      const text = JSON.stringify([
        parsed[SESSION_AT.via],
        parsed[SESSION_AT.sourceIp],
        parsed[SESSION_AT.vpcEndpointId],
      ]);
      caller = byText.get(text) ?? byText.size;
      byText.set(text, caller);
      known[session] = caller;
    }
    return caller;
  };
}
