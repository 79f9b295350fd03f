import type { Finding } from '../finding.ts';
import type { Fired } from '../rule.ts';
import type { RuleId } from '../rule-id.ts';
import { alertIdOf, type Subject } from '../subject.ts';
import { EvidenceTally } from './evidence-tally.ts';

/** A rule and its subject, with the uses of one day that gave it. */
export interface Matter {
  readonly rule: RuleId;
  readonly subject: Subject;
  readonly details: Set<string>;
  readonly tally: EvidenceTally;
}

/** Sentences of one matter's details that are kept: an attacker makes as many as he likes. */
const MAX_DETAILS = 10;

/** What one day gave, each matter once. */
export class Matters {
  readonly #byId = new Map<string, Matter>();

  of(rule: RuleId, { subject, details = [] }: Fired): Matter {
    const id = alertIdOf(rule, subject);
    let matter = this.#byId.get(id);
    if (matter === undefined) {
      matter = { rule, subject, details: new Set(), tally: new EvidenceTally() };
      this.#byId.set(id, matter);
    }
    for (const detail of details) if (matter.details.size < MAX_DETAILS) matter.details.add(detail);
    return matter;
  }

  /** A matter whose uses were counted elsewhere. */
  add(rule: RuleId, { subject, details = [] }: Fired, tally: EvidenceTally): void {
    this.#byId.set(alertIdOf(rule, subject), { rule, subject, details: new Set(details), tally });
  }

  /** What was found elsewhere, by rules of which nothing was found here. */
  takeAll(others: Matters): void {
    for (const [id, matter] of others.#byId) this.#byId.set(id, matter);
  }

  findings(): Finding[] {
    const findings: Finding[] = [];
    for (const { rule, subject, details, tally } of this.#byId.values()) {
      const evidence = tally.evidence();
      if (evidence === undefined) continue;
      const told = details.size === 0 ? {} : { details: [...details].sort() };
      findings.push({ rule, subject, evidence: { ...evidence, ...told } });
    }
    return findings;
  }
}
