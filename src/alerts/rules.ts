import type { Rule } from './rule.ts';
import type { RuleId } from './rule-id.ts';

const RULES: readonly Rule[] = [];

const byId = new Map(RULES.map((rule) => [rule.id, rule]));

/** @throws Error for a rule that is not there: a fault of the program */
export function ruleOf(id: RuleId): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  return rule;
}
