import type { Quarantined } from '../cloudtrail/quarantined.ts';
import type { SourceChange } from '../cloudtrail/source-change.ts';
import type { KeyUse } from '../kms/key-use.ts';
import type { JobFact, SessionFact } from '../sagemaker/job-fact.ts';

/**
 * What one CloudTrail record or EventBridge envelope turned out to be.
 * - `key-use`: a KMS record; one use, or two for `ReEncrypt`.
 * - `job-event`: a SageMaker API record, service event or state change, and what it tells of jobs; often nothing.
 * - `session`: a record of another service that tells which job, or which role for SageMaker, credentials are of.
 * - `source-change`: something done to a trail, or to a rule that Keytrail hears by.
 * - `other`: understood, and none of Keytrail's business.
 * - `quarantine`: KMS or SageMaker or unreadable, and not understood.
 */
export type ParsedEvent =
  | { readonly kind: 'key-use'; readonly uses: readonly [KeyUse] | readonly [KeyUse, KeyUse] }
  | { readonly kind: 'job-event'; readonly facts: readonly JobFact[] }
  | { readonly kind: 'session'; readonly facts: readonly [SessionFact] }
  | { readonly kind: 'source-change'; readonly change: SourceChange }
  | { readonly kind: 'other' }
  | Quarantined;
