import type { Looked } from './looked.ts';

/** A rule of EventBridge, with what its events go to. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly state: string;
  /** JSON; a rule without one runs on a schedule. */
  readonly pattern?: string;
  readonly targets: Looked<readonly RuleTarget[]>;
}

export interface RuleTarget {
  readonly arn: string;
  readonly roleArn?: string;
  readonly deadLetterArn?: string;
}

export function targetsOf({ targets }: Rule): readonly RuleTarget[] {
  return targets.kind === 'seen' ? targets.value : [];
}

/** An event bus. */
export interface Bus {
  readonly name: string;
  readonly arn: string;
  /** Its resource policy, JSON. */
  readonly policy?: string;
}
