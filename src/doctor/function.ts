import type { Looked } from './looked.ts';

/** A function of Lambda. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly stateReason?: string;
  readonly lastUpdateStatus: string;
  readonly timeoutSeconds: number;
  /** Where what it failed on goes when it was called without waiting for it. */
  readonly deadLetterArn?: string;
  /** `undefined` where it shares what the account has left. */
  readonly reservedConcurrency: Looked<number | undefined>;
}

/** What reads a queue for a function. */
export interface EventSourceMapping {
  readonly id: string;
  readonly queueArn: string;
  readonly functionArn: string;
  readonly state: string;
  readonly reportsItemFailures: boolean;
  readonly windowSeconds: number;
}
