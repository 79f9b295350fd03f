import type { Quarantined } from '../cloudtrail/quarantined.ts';
import type { SourceChange } from '../cloudtrail/source-change.ts';
import type { KeyUse } from '../kms/key-use.ts';
import type { JobFact, SessionFact } from '../sagemaker/job-fact.ts';

/**
 * What one CloudTrail record or EventBridge envelope turned out to be.
 * - `key-use`: a KMS record; one use, or two for `ReEncrypt`.
 * - `job-event`: a SageMaker API record, service event or state change, with its job facts, often none.
 * - `session`: a record of another service that says for which job, or for which role of SageMaker, credentials are.
 * - `source-change`: a change of a trail, or of a rule through which Keytrail receives events.
 * - `other`: understood, and of no use to Keytrail.
 * - `quarantine`: KMS or SageMaker or unreadable, and not understood.
 */
export type ParsedEvent =
  | { readonly kind: 'key-use'; readonly uses: readonly [KeyUse] | readonly [KeyUse, KeyUse] }
  | { readonly kind: 'job-event'; readonly facts: readonly JobFact[] }
  | { readonly kind: 'session'; readonly facts: readonly [SessionFact] }
  | { readonly kind: 'source-change'; readonly change: SourceChange }
  | { readonly kind: 'other' }
  | Quarantined;
