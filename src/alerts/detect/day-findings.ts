import { worstOf } from '../alert.ts';
import type { Finding } from '../finding.ts';
import type { Fired } from '../rule.ts';
import type { RuleId, Severity } from '../rule-id.ts';
import { ruleOf } from '../rules/rules.ts';
import { alertIdOf, type Subject } from '../subject.ts';
import { EvidenceTally } from './evidence-tally.ts';

/** A rule and its subject, with a tally of the uses of one day. */
interface OpenFinding {
  readonly rule: RuleId;
  readonly subject: Subject;
  readonly details: Set<string>;
  /** The worst that was found. */
  severity?: Severity | undefined;
  readonly tally: EvidenceTally;
}

/** Bounds the details of one finding: an attacker can cause any number of them. */
const MAX_DETAILS = 10;

/** The findings of one day while its uses are counted: one for each rule and subject. */
export class DayFindings {
  readonly #byId = new Map<string, OpenFinding>();

  /** The finding of a rule and a subject, made on the first call. */
  open(rule: RuleId, { subject, severity, details = [] }: Fired): OpenFinding {
    const id = alertIdOf(rule, subject);
    let finding = this.#byId.get(id);
    if (finding === undefined) {
      finding = { rule, subject, details: new Set(), tally: new EvidenceTally() };
      this.#byId.set(id, finding);
    }
    finding.severity = worstOf([finding.severity, severity ?? ruleOf(rule).severity]);
    for (const detail of details) keepLeast(finding.details, detail);
    return finding;
  }

  /** Adds a finding whose uses were counted elsewhere. */
  add(rule: RuleId, { subject, details = [] }: Fired, tally: EvidenceTally): void {
    // An alias of one name may be of several Regions: the subject is the same.
    this.open(rule, { subject, details }).tally.addAll(tally);
  }

  /** Adds the findings of other rules. */
  addAll(others: DayFindings): void {
    for (const [id, finding] of others.#byId) this.#byId.set(id, finding);
  }

  /** The findings that have any use. */
  finished(): Finding[] {
    const findings: Finding[] = [];
    for (const { rule, subject, severity, details, tally } of this.#byId.values()) {
      const evidence = tally.evidence();
      if (evidence === undefined) continue;
      const shown = {
        ...(details.size === 0 ? {} : { details: [...details].sort() }),
        ...(severity === undefined || severity === ruleOf(rule).severity ? {} : { severity }),
      };
      findings.push({ rule, subject, evidence: { ...evidence, ...shown } });
    }
    return findings;
  }
}

/** Keeps the first few in their order, so that it does not matter in which order they come. */
function keepLeast(details: Set<string>, detail: string): void {
  details.add(detail);
  if (details.size <= MAX_DETAILS) return;
  const last = [...details].sort().at(-1);
  if (last !== undefined) details.delete(last);
}
