import type { Rule, UseRule } from '../rule.ts';
import type { RuleId } from '../rule-id.ts';
import { aliasMoved } from './alias-moved.ts';
import { crossAccountUse } from './cross-account-use.ts';
import { deniedBurst } from './denied-burst.ts';
import { firstSeenPrincipal } from './first-seen-principal.ts';
import { jobNotEncryptedWithCustomerKey } from './job-not-encrypted-with-customer-key.ts';
import { keyDisabledOrDeletionScheduled } from './key-disabled-or-deletion-scheduled.ts';
import { keyMaterialChanged } from './key-material-changed.ts';
import { keyPolicyChanged } from './key-policy-changed.ts';
import { keyReplicated } from './key-replicated.ts';
import { retiredKeyEncrypts } from './retired-key-encrypts.ts';
import { rootUse } from './root-use.ts';
import { undeclaredKey } from './undeclared-key.ts';
import { unexpectedGrantee } from './unexpected-grantee.ts';
import { unexpectedPrincipal } from './unexpected-principal.ts';
import { useOutsideJobWindow } from './use-outside-job-window.ts';
import { useStopped } from './use-stopped.ts';
import { useWithoutJob } from './use-without-job.ts';
import { volumeSpike } from './volume-spike.ts';

/** Every rule, in the order of docs/alert-rules.md. */
export const RULES = [
  unexpectedPrincipal,
  firstSeenPrincipal,
  useWithoutJob,
  useOutsideJobWindow,
  undeclaredKey,
  crossAccountUse,
  rootUse,
  deniedBurst,
  volumeSpike,
  useStopped,
  unexpectedGrantee,
  keyPolicyChanged,
  keyReplicated,
  aliasMoved,
  retiredKeyEncrypts,
  keyDisabledOrDeletionScheduled,
  keyMaterialChanged,
  jobNotEncryptedWithCustomerKey,
] as const satisfies readonly Rule[];

/** The rules about single uses. */
export const USE_RULES: readonly UseRule[] = RULES.filter((rule) => rule.kind === 'use');

const byId = new Map<RuleId, Rule>(RULES.map((rule) => [rule.id, rule]));

/** @throws Error when there is no such rule, as for an alert that a newer Keytrail wrote */
export function ruleOf(id: RuleId): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  return rule;
}
