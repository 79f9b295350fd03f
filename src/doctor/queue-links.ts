import type { EventSourceMapping, LambdaFunction } from './function.ts';
import { allTold, valuesSeen } from './looked.ts';
import type { Queue } from './queue.ts';
import { type Rule, targetsOf } from './rule.ts';
import type { Stack } from './set-up.ts';

/** What of the stack sends to its queues and reads them. */
export interface QueueLinks {
  readonly accountId: string;
  readonly rules: readonly Rule[];
  readonly queues: readonly Queue[];
  readonly functions: readonly LambdaFunction[];
  readonly mappings: readonly EventSourceMapping[];
  /** Whether nothing that sends or reads may be unknown. */
  readonly areAllTold: boolean;
}

export function linksOf({ accountId, rules, queues, functions, mappings }: Stack): QueueLinks {
  return {
    accountId,
    rules: valuesSeen(rules),
    queues: valuesSeen(queues),
    functions: valuesSeen(functions),
    mappings: valuesSeen(mappings),
    areAllTold:
      allTold(mappings) &&
      allTold(rules) &&
      valuesSeen(rules).every(({ targets }) => targets.kind !== 'unseen'),
  };
}

/** The rules that send to a queue what they take, or what they could not deliver. */
export function rulesInto({ arn }: Queue, { rules }: QueueLinks): readonly Rule[] {
  return rules.filter((rule) =>
    targetsOf(rule).some((target) => target.arn === arn || target.deadLetterArn === arn),
  );
}

/** A queue is for what failed where something names it so; also where nothing is sent to it to be read. */
export function keepsWhatFailed(
  { arn }: Queue,
  { queues, rules, functions, mappings, areAllTold }: QueueLinks,
): boolean {
  const targets = rules.flatMap(targetsOf);
  const isNamedSo =
    queues.some(({ redrive }) => redrive?.deadLetterArn === arn) ||
    targets.some(({ deadLetterArn }) => deadLetterArn === arn) ||
    functions.some(({ deadLetterArn }) => deadLetterArn === arn);
  const isRead =
    mappings.some(({ queueArn }) => queueArn === arn) || targets.some((target) => target.arn === arn);
  return isNamedSo || (areAllTold && !isRead);
}
