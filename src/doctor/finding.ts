import type { Unseen } from './looked.ts';

/** What is as it must be. */
export type RightCode =
  | 'bus'
  | 'dead-letter-queue'
  | 'event-source-mapping'
  | 'function'
  | 'log-bucket'
  | 'queue'
  | 'rule'
  | 'rules'
  | 'stack'
  | 'table'
  | 'trail';

/** What is not. */
export type FaultCode =
  | 'bus-closed-to-spokes'
  | 'bus-missing'
  | 'dead-letters-waiting'
  | 'function-missing'
  | 'function-not-active'
  | 'function-reserved-nothing'
  | 'log-bucket-missing'
  | 'log-bucket-silent'
  | 'mapping-fails-whole-batches'
  | 'mapping-missing'
  | 'mapping-not-enabled'
  | 'queue-closed-to-events'
  | 'queue-closed-to-log-files'
  | 'queue-missing'
  | 'queue-redrives-early'
  | 'queue-unencrypted'
  | 'queue-visibility-short'
  | 'queue-without-reader'
  | 'queue-without-redrive'
  | 'rule-disabled'
  | 'rule-loses-read-events'
  | 'rule-missing'
  | 'rule-not-on-default-bus'
  | 'rule-not-to-hub'
  | 'rule-not-to-queue'
  | 'rule-takes-nothing'
  | 'rule-without-target'
  | 'stack-incomplete'
  | 'stack-not-settled'
  | 'table-key-unusable'
  | 'table-missing'
  | 'table-not-active'
  | 'table-ttl-differs'
  | 'table-without-customer-key'
  | 'table-without-deletion-protection'
  | 'table-without-recovery'
  | 'target-without-dead-letters'
  | 'target-without-role'
  | 'trail-excludes-kms'
  | 'trail-excludes-sagemaker'
  | 'trail-filtered'
  | 'trail-missing'
  | 'trail-stopped'
  | 'trail-without-management-events'
  | 'trail-without-reads'
  | 'trail-without-writes';

/** What could not be told: it may not be looked at, or says something that only AWS can judge. */
type DoubtCode = 'not-judged' | 'not-looked-at';

/** One thing about a set-up: a sentence, and how to mend it where it is not proven right. */
export type Finding =
  | { readonly status: 'ok'; readonly code: RightCode; readonly sentence: string }
  | { readonly status: 'wrong'; readonly code: FaultCode; readonly sentence: string; readonly mend: string }
  | {
      readonly status: 'unknown';
      readonly code: DoubtCode;
      readonly sentence: string;
      readonly mend: string;
    };

export function right(code: RightCode, sentence: string): Finding {
  return { status: 'ok', code, sentence };
}

export function wrong(code: FaultCode, sentence: string, mend: string): Finding {
  return { status: 'wrong', code, sentence, mend };
}

export function notJudged(sentence: string, mend: string): Finding {
  return { status: 'unknown', code: 'not-judged', sentence, mend };
}

/** @param what begins the sentence: `Trail main`, `Queue keytrail-dev-ingest` */
export function notLookedAt(what: string, { action, reason }: Unseen): Finding {
  return reason === undefined
    ? {
        status: 'unknown',
        code: 'not-looked-at',
        sentence: `${what} could not be looked at: needs ${action}.`,
        mend: `Have ${action} allowed and run the doctor again.`,
      }
    : {
        status: 'unknown',
        code: 'not-looked-at',
        sentence: `${what} could not be looked at: ${action} failed (${reason}).`,
        mend: 'Run the doctor again, and mend what the reason names if it stays.',
      };
}
