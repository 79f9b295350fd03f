import type { StackResource, Unreadable } from './read-result.ts';

/** Checks that passed. */
export type PassCode =
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

/** Faults that a check found. */
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

/** Checks without an outcome: AWS could not be read, or only AWS can judge a condition. */
type UnknownCode = 'not-judged' | 'not-looked-at';

/** The outcome of one check: a sentence, and how to mend what is not proven right. */
export type CheckResult =
  | { readonly status: 'ok'; readonly code: PassCode; readonly sentence: string }
  | { readonly status: 'wrong'; readonly code: FaultCode; readonly sentence: string; readonly mend: string }
  | {
      readonly status: 'unknown';
      readonly code: UnknownCode;
      readonly sentence: string;
      readonly mend: string;
    };

export function passed(code: PassCode, sentence: string): CheckResult {
  return { status: 'ok', code, sentence };
}

export function failed(code: FaultCode, sentence: string, mend: string): CheckResult {
  return { status: 'wrong', code, sentence, mend };
}

export function notJudged(sentence: string, mend: string): CheckResult {
  return { status: 'unknown', code: 'not-judged', sentence, mend };
}

/** @param subject begins the sentence: `Trail main`, `Queue keytrail-dev-ingest` */
export function notReadable(subject: string, { action, reason }: Unreadable): CheckResult {
  return reason === undefined
    ? {
        status: 'unknown',
        code: 'not-looked-at',
        sentence: `${subject} could not be read: needs ${action}.`,
        mend: `Have ${action} allowed and run the doctor again.`,
      }
    : {
        status: 'unknown',
        code: 'not-looked-at',
        sentence: `${subject} could not be read: ${action} failed (${reason}).`,
        mend: 'Run the doctor again, and mend what the reason names if it stays.',
      };
}

interface ResourceCheck<T> {
  /** The type of the resources, as it begins a sentence: `Queue`. */
  readonly type: string;
  readonly missingCode: FaultCode;
  readonly missingMend?: string;
  readonly check: (value: T) => readonly CheckResult[];
}

/** Checks the resources of one type: those that could be read by `check`, the others are missing or unreadable. */
export function checkEach<T>(
  resources: readonly StackResource<T>[],
  { type, missingCode, missingMend = 'Deploy the stack again.', check }: ResourceCheck<T>,
): CheckResult[] {
  return resources.flatMap(({ name, result }) => {
    switch (result.kind) {
      case 'unreadable':
        return [notReadable(`${type} ${name}`, result)];
      case 'absent':
        return [failed(missingCode, `${type} ${name} of the stack is gone.`, missingMend)];
      case 'read':
        return check(result.value);
      default:
        return result satisfies never;
    }
  });
}
