import { readerFaults } from './check-queue-readers.ts';
import { senderFaults } from './check-queue-senders.ts';
import { type CheckResult, checkEach, failed, passed } from './check-result.ts';
import { type EventRule, type RuleTarget, targetsOf } from './event-rule.ts';
import type { EventSourceMapping, LambdaFunction } from './function.ts';
import type { Queue } from './queue.ts';
import { areAllReadable, valuesOf } from './read-result.ts';
import type { Stack } from './stack.ts';

/** The readable resources of a stack that send to its queues or read them. */
interface QueueUsers {
  readonly accountId: string;
  readonly queues: readonly Queue[];
  readonly rules: readonly EventRule[];
  readonly targets: readonly RuleTarget[];
  readonly functions: readonly LambdaFunction[];
  readonly mappings: readonly EventSourceMapping[];
  /** Whether every rule, target and mapping could be read. */
  readonly areAllKnown: boolean;
}

/** Checks that a stack's queues take the events of the rules, and lose none of them. */
export function checkQueues(stack: Stack): CheckResult[] {
  const users = usersIn(stack);
  return checkEach(stack.queues, {
    type: 'Queue',
    missingCode: 'queue-missing',
    check: (queue) => checkQueue(queue, users),
  });
}

function usersIn({ accountId, queues, rules, functions, mappings }: Stack): QueueUsers {
  const readRules = valuesOf(rules);
  return {
    accountId,
    queues: valuesOf(queues),
    rules: readRules,
    targets: readRules.flatMap(targetsOf),
    functions: valuesOf(functions),
    mappings: valuesOf(mappings),
    areAllKnown:
      areAllReadable(mappings) &&
      areAllReadable(rules) &&
      readRules.every(({ targets }) => targets.kind !== 'unreadable'),
  };
}

function checkQueue(queue: Queue, users: QueueUsers): CheckResult[] {
  const { name, arn } = queue;
  const senders = users.rules.filter((rule) =>
    targetsOf(rule).some((target) => target.arn === arn || target.deadLetterArn === arn),
  );
  const isForDeadLetters = isDeadLetterQueue(arn, users);
  const faults = [
    ...senderFaults(queue, senders, users.accountId),
    ...(isForDeadLetters ? waitingDeadLetters(queue, users) : faultsOfReading(queue, users)),
  ];
  if (faults.length > 0) return faults;
  return [
    isForDeadLetters
      ? passed('dead-letter-queue', `Dead-letter queue ${name} is empty.`)
      : passed('queue', `Queue ${name} is whole.`),
  ];
}

/** A queue is a dead-letter queue where a resource names it so, or where no rule sends to it and nothing reads it. */
function isDeadLetterQueue(
  arn: string,
  { queues, targets, functions, mappings, areAllKnown }: QueueUsers,
): boolean {
  const isNamedSo =
    queues.some(({ redrive }) => redrive?.deadLetterArn === arn) ||
    targets.some(({ deadLetterArn }) => deadLetterArn === arn) ||
    functions.some(({ deadLetterArn }) => deadLetterArn === arn);
  const isUsed =
    mappings.some(({ queueArn }) => queueArn === arn) || targets.some((target) => target.arn === arn);
  return isNamedSo || (areAllKnown && !isUsed);
}

function faultsOfReading(queue: Queue, { targets, functions, mappings, areAllKnown }: QueueUsers) {
  const readers = mappings.filter(({ queueArn }) => queueArn === queue.arn);
  if (readers.length > 0) return readerFaults(queue, readers, functions);
  if (!areAllKnown || !targets.some(({ arn }) => arn === queue.arn)) return [];
  return [
    failed(
      'queue-without-reader',
      `Nothing reads queue ${queue.name}.`,
      'Deploy the stack again with an event source mapping for it.',
    ),
  ];
}

function waitingDeadLetters(queue: Queue, users: QueueUsers): CheckResult[] {
  const { name, messages } = queue;
  if (messages === 0) return [];
  return [
    failed(
      'dead-letters-waiting',
      `About ${messages} ${messages === 1 ? 'message waits' : 'messages wait'} in dead-letter queue ${name}.`,
      `Mend what they failed on, then ${wayBack(queue, users)}`,
    ),
  ];
}

function wayBack({ arn }: Queue, { queues, targets }: QueueUsers): string {
  // A message move takes only the dead-letter queues of other queues:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
  if (queues.some(({ redrive }) => redrive?.deadLetterArn === arn)) {
    return `put them back: aws sqs start-message-move-task --source-arn ${arn}`;
  }
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  if (targets.some(({ deadLetterArn }) => deadLetterArn === arn)) {
    return 'send the body of each to the target that its attribute TARGET_ARN names (ERROR_CODE says why it failed), and delete it.';
  }
  return 'delete them: each is the call of a run that failed, and the next run does its work.';
}
