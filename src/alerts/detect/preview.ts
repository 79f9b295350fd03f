import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { readAliases } from '../../history/evidence/alias-book.ts';
import type { EvidenceBook } from '../../history/evidence/evidence-book.ts';
import { HistoryView, withView } from '../../history/query/history-view.ts';
import type { DecodedItems } from '../../table/decoded-items.ts';
import type { Table } from '../../table/table.ts';
import { compareTexts } from '../../text/text-order.ts';
import { type Alert, type DayEvidence, detailsOf, evidenceOf } from '../alert.ts';
import type { RuleId, Severity } from '../rule-id.ts';
import { ruleOf } from '../rules/rules.ts';
import { alertIdOf, type Subject } from '../subject.ts';
import { SeenBook } from './seen-book.ts';
import { type DayWatched, watchDay } from './watch-day.ts';
import type { WatchSettings } from './watch-settings.ts';

/** What a preview is made with. Nothing of it is written. */
export interface Previewing {
  readonly table: Table;
  readonly decoded: DecodedItems;
  readonly evidence: EvidenceBook;
  readonly settings: WatchSettings;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** A matter that one set of expectations gives. */
export interface PreviewedMatter extends DayEvidence {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly title: string;
  readonly subject: Subject;
}

export interface Preview {
  /** What the proposed expectations give. */
  readonly fired: readonly PreviewedMatter[];
  /** What of it those that stand do not give. */
  readonly added: readonly PreviewedMatter[];
  /** What those that stand give, and the proposed do not. */
  readonly silenced: readonly PreviewedMatter[];
  /** By proposed expectation, the time of the last use it was needed for, epoch milliseconds. */
  readonly needed: ReadonlyMap<string, number>;
  readonly days: number;
}

/**
 * What expectations would have given over a past period, widened to whole UTC days, beside those that stand. Rules that
 * ask no expectation of any use (jobs without a key, uses that stopped) are left out.
 * @param fromMs inclusive, epoch milliseconds
 * @param toMs exclusive
 */
export async function previewExpectations(
  { table, decoded, evidence, settings, nowMs }: Previewing,
  standing: ExpectationJudge,
  proposed: ExpectationJudge,
  fromMs: number,
  toMs: number,
): Promise<Preview> {
  const seen = new SeenBook(table, settings.learningMs);
  const aliases = await readAliases(table);
  const open = () => HistoryView.open(table, decoded, evidence);
  const days = (await open()).days(fromMs, toMs);
  const now = new Gathered();
  const then = new Gathered();
  for (const name of days) {
    const given = await withView(open, async (view) => {
      const [day] = await view.open([name]);
      if (day === undefined) return [];
      await seen.load((await day.directory()).keys.map(({ partition }) => partition));
      const knowledge = { evidence: await evidence.of(name), aliases };
      const tellSeen = async () => new Set<string>();
      return watchDay({ view, day, knowledge, seen, tellSeen, settings, nowMs }, [standing, proposed]);
    });
    const [before, after] = given;
    if (before !== undefined) now.add(name, before);
    if (after !== undefined) then.add(name, after);
  }
  const fired = then.matters();
  const known = now.matters();
  return {
    fired: inOrder(fired, () => true),
    added: inOrder(fired, (id) => !known.has(id)),
    silenced: inOrder(known, (id) => !fired.has(id)),
    needed: then.needed,
    days: days.length,
  };
}

/** What several days gave. */
class Gathered {
  readonly needed = new Map<string, number>();
  readonly #byId = new Map<string, { rule: RuleId; subject: Subject; days: Record<string, DayEvidence> }>();

  add(day: string, { findings, needed }: DayWatched): void {
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

  matters(): Map<string, PreviewedMatter> {
    const matters = new Map<string, PreviewedMatter>();
    for (const [id, { rule, subject, days }] of this.#byId) {
      const evidence = evidenceOf(days satisfies Alert['days']);
      if (evidence === undefined) continue;
      const { severity, titleOf } = ruleOf(rule);
      matters.set(id, { rule, severity, title: titleOf(subject), subject, ...evidence, ...detailsOf(days) });
    }
    return matters;
  }
}

/** By the time of the first use, then by rule and subject. */
function inOrder(
  matters: ReadonlyMap<string, PreviewedMatter>,
  isWanted: (id: string) => boolean,
): PreviewedMatter[] {
  return [...matters]
    .filter(([id]) => isWanted(id))
    .sort(([a, one], [b, other]) => one.firstMs - other.firstMs || compareTexts(a, b))
    .map(([, matter]) => matter);
}
