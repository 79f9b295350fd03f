import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { readAliases } from '../../history/evidence/alias-items.ts';
import type { History } from '../../history/query/history.ts';
import { inspectDays } from '../../history/query/inspected-day.ts';
import type { Table } from '../../table/table.ts';
import { compareTexts } from '../../text/text-order.ts';
import { type Alert, type DayEvidence, detailsOf, evidenceOf } from '../alert.ts';
import type { RuleId, Severity } from '../rule-id.ts';
import { ruleOf } from '../rules/rules.ts';
import { alertIdOf, type Subject } from '../subject.ts';
import { readCheckedDays } from './checked-days.ts';
import { DayDependencies } from './day-dependencies.ts';
import { type DayDetection, detectDay } from './detect-day.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { FirstSeenIndex } from './first-seen-index.ts';
import { readJobFacts } from './job-parts.ts';

/** What a preview reads. It writes nothing. */
export interface PreviewInputs {
  readonly table: Table;
  readonly history: History;
  readonly settings: DetectionSettings;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** A finding that one set of expectations gives over the whole period. */
export interface PreviewedFinding extends DayEvidence {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly title: string;
  readonly subject: Subject;
}

/** What proposed expectations would have found, beside the current ones. */
export interface Preview {
  /** Findings under the proposed expectations. */
  readonly fired: readonly PreviewedFinding[];
  /** Those of them that the current expectations do not give. */
  readonly added: readonly PreviewedFinding[];
  /** Findings under the current expectations that the proposed ones do not give. */
  readonly silenced: readonly PreviewedFinding[];
  /** By proposed expectation, the time of the last use that needed it, epoch milliseconds. */
  readonly needed: ReadonlyMap<string, number>;
  readonly days: number;
}

/**
 * Runs the rules over a past period, widened to whole UTC days, under the current and under proposed expectations. Rules
 * that no expectation can change (jobs without a key, stopped uses) are left out.
 * @param fromMs inclusive, epoch milliseconds
 * @param toMs exclusive
 */
export async function previewExpectations(
  { table, history, settings, nowMs }: PreviewInputs,
  current: ExpectationJudge,
  proposed: ExpectationJudge,
  fromMs: number,
  toMs: number,
): Promise<Preview> {
  const seen = new FirstSeenIndex(table, settings.learningMs);
  const aliases = await readAliases(table);
  const days = (await history.open()).days(fromMs, toMs);
  const checked = await readCheckedDays(table);
  const isAliasDeclared = await history.declaredAliases();
  const whole = new DayDependencies(await readJobFacts(table), isAliasDeclared, checked);
  const underCurrent = new PeriodFindings();
  const underProposed = new PeriodFindings();
  for (const name of days) {
    const [before, after] = await history.ask(async (view) => {
      const [day] = await inspectDays(view, [name]);
      if (day === undefined) return [];
      await seen.load((await day.pairUses()).map(({ keyName }) => keyName));
      const knowledge = { evidence: await history.evidence(name), aliases };
      const reading = { dated: [], records: false };
      return detectDay({ view, day, knowledge, seen, whole, settings, nowMs, ...reading }, [
        current,
        proposed,
      ]);
    });
    if (before !== undefined) underCurrent.add(name, before);
    if (after !== undefined) underProposed.add(name, after);
  }
  const fired = underProposed.all();
  const known = underCurrent.all();
  return {
    fired: inOrder(fired, () => true),
    added: inOrder(fired, (id) => !known.has(id)),
    silenced: inOrder(known, (id) => !fired.has(id)),
    needed: underProposed.needed,
    days: days.length,
  };
}

/** The findings of several days, one for each rule and subject. */
class PeriodFindings {
  readonly needed = new Map<string, number>();
  readonly #byId = new Map<string, { rule: RuleId; subject: Subject; days: Record<string, DayEvidence> }>();

  add(day: string, { findings, needed }: DayDetection): void {
    for (const { rule, subject, evidence } of findings) {
      const id = alertIdOf(rule, subject);
      const known = this.#byId.get(id) ?? { rule, subject, days: {} };
      this.#byId.set(id, known);
      known.days[day] = evidence;
    }
    for (const [expectation, timeMs] of needed) {
      this.needed.set(expectation, Math.max(timeMs, this.needed.get(expectation) ?? timeMs));
    }
  }

  all(): Map<string, PreviewedFinding> {
    const findings = new Map<string, PreviewedFinding>();
    for (const [id, { rule, subject, days }] of this.#byId) {
      const evidence = evidenceOf(days satisfies Alert['days']);
      if (evidence === undefined) continue;
      const { severity, titleOf } = ruleOf(rule);
      findings.set(id, { rule, severity, title: titleOf(subject), subject, ...evidence, ...detailsOf(days) });
    }
    return findings;
  }
}

/** By the time of the first use, then by rule and subject. */
function inOrder(
  findings: ReadonlyMap<string, PreviewedFinding>,
  isWanted: (id: string) => boolean,
): PreviewedFinding[] {
  return [...findings]
    .filter(([id]) => isWanted(id))
    .sort(([a, one], [b, other]) => one.firstMs - other.firstMs || compareTexts(a, b))
    .map(([, finding]) => finding);
}
