import { type Finding, notJudged, notLookedAt, right, wrong } from './finding.ts';
import type { EventSourceMapping, LambdaFunction } from './function.ts';
import { allTold, valuesSeen } from './looked.ts';
import type { Queue } from './queue.ts';
import { allows } from './resource-policy.ts';
import { type Rule, targetsOf } from './rule.ts';
import type { Stack } from './set-up.ts';

/** "Set the maxReceiveCount to at least 5": https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const FEWEST_RECEIVES = 5;

/** "At least six times the timeout of the function, plus the batch window", there as well. */
const TIMEOUTS_OF_VISIBILITY = 6;

/** Whether a stack's queues take what the rules send, and lose nothing of it. */
export function checkQueues(stack: Stack): Finding[] {
  const links = linksOf(stack);
  return stack.queues.flatMap(({ name, looked }) => {
    switch (looked.kind) {
      case 'unseen':
        return [notLookedAt(`Queue ${name}`, looked)];
      case 'absent':
        return [wrong('queue-missing', `Queue ${name} of the stack is gone.`, 'Deploy the stack again.')];
      case 'seen':
        return checkQueue(looked.value, links);
      default:
        return looked satisfies never;
    }
  });
}

/** What of the stack sends to its queues and reads them. */
interface Links {
  readonly accountId: string;
  readonly rules: readonly Rule[];
  readonly queues: readonly Queue[];
  readonly functions: readonly LambdaFunction[];
  readonly mappings: readonly EventSourceMapping[];
  /** Whether nothing that sends or reads may be unknown. */
  readonly areAllTold: boolean;
}

function linksOf({ accountId, rules, queues, functions, mappings }: Stack): Links {
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

function checkQueue(queue: Queue, links: Links): Finding[] {
  const isForDeadLetters = keepsWhatFailed(queue, links);
  const faults = [
    ...faultsOfEncryption(queue, links),
    ...faultsOfPolicy(queue, links),
    ...(isForDeadLetters ? deadLettersIn(queue, links) : faultsOfReading(queue, links)),
  ];
  if (faults.length > 0) return faults;
  return [
    isForDeadLetters
      ? right('dead-letter-queue', `Dead-letter queue ${queue.name} is empty.`)
      : right('queue', `Queue ${queue.name} is whole.`),
  ];
}

/** A queue is for what failed where something names it so; also where nothing is sent to it to be read. */
function keepsWhatFailed({ arn }: Queue, { queues, rules, functions, mappings, areAllTold }: Links): boolean {
  const targets = rules.flatMap(targetsOf);
  const isNamedSo =
    queues.some(({ redrive }) => redrive?.deadLetterArn === arn) ||
    targets.some(({ deadLetterArn }) => deadLetterArn === arn) ||
    functions.some(({ deadLetterArn }) => deadLetterArn === arn);
  const isRead =
    mappings.some(({ queueArn }) => queueArn === arn) || targets.some((target) => target.arn === arn);
  return isNamedSo || (areAllTold && !isRead);
}

function faultsOfEncryption({ name, arn, encryption }: Queue, { rules }: Links): Finding[] {
  if (encryption.kind === 'none') {
    return [
      wrong(
        'queue-unencrypted',
        `Queue ${name} is not encrypted.`,
        'Set its SqsManagedSseEnabled to true and deploy the stack again.',
      ),
    ];
  }
  // EventBridge cannot be let use the AWS managed key, for nobody can edit its policy:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  const isSentTo = rules
    .flatMap(targetsOf)
    .some((target) => target.arn === arn || target.deadLetterArn === arn);
  if (!isSentTo || encryption.kind !== 'kms' || !encryption.key.endsWith('alias/aws/sqs')) return [];
  return [
    wrong(
      'queue-closed-to-events',
      `Queue ${name} is encrypted with alias/aws/sqs, which EventBridge may not use.`,
      'Set its SqsManagedSseEnabled to true instead, and deploy the stack again.',
    ),
  ];
}

/** EventBridge sends as a service, which the queue itself must let in: also what it could not deliver. */
function faultsOfPolicy(queue: Queue, { rules, accountId }: Links): Finding[] {
  const senders = rules.filter((rule) =>
    targetsOf(rule).some(({ arn, deadLetterArn }) => arn === queue.arn || deadLetterArn === queue.arn),
  );
  return senders.flatMap((rule) => {
    const verdict = allows(queue.policy, {
      principal: { kind: 'service', name: 'events.amazonaws.com' },
      action: 'sqs:SendMessage',
      resource: queue.arn,
      conditionKeys: {
        'aws:sourcearn': rule.arn,
        'aws:sourceaccount': accountId,
        'aws:securetransport': 'true',
      },
    });
    switch (verdict) {
      case 'yes':
        return [];
      case 'no':
        return [
          wrong(
            'queue-closed-to-events',
            `Queue ${queue.name} does not let rule ${rule.name} send to it.`,
            `Allow events.amazonaws.com sqs:SendMessage in its policy for aws:SourceArn ${rule.arn}, and deploy the stack again.`,
          ),
        ];
      case 'unsure':
        return [
          notJudged(
            `Whether queue ${queue.name} lets rule ${rule.name} send depends on a condition that is not judged here.`,
            'Read its policy; where only aws:SourceArn and aws:SourceAccount are asked for, it is judged.',
          ),
        ];
      default:
        return verdict satisfies never;
    }
  });
}

function faultsOfReading(queue: Queue, links: Links): Finding[] {
  const { name, arn } = queue;
  const readers = links.mappings.filter(({ queueArn }) => queueArn === arn);
  const isSentTo = links.rules.flatMap(targetsOf).some((target) => target.arn === arn);
  if (readers.length === 0) {
    if (!isSentTo || !links.areAllTold) return [];
    return [
      wrong(
        'queue-without-reader',
        `Nothing reads queue ${name}.`,
        'Deploy the stack again with an event source mapping for it.',
      ),
    ];
  }
  return [
    ...faultsOfRedrive(queue),
    ...readers.flatMap((reader) => faultsOfVisibility(queue, reader, links)),
  ];
}

function faultsOfRedrive({ name, redrive }: Queue): Finding[] {
  if (redrive === undefined) {
    return [
      wrong(
        'queue-without-redrive',
        `Queue ${name} has no redrive policy, so what cannot be read blocks it until it expires and is lost.`,
        'Give it a RedrivePolicy with a dead-letter queue and deploy the stack again.',
      ),
    ];
  }
  if (redrive.maxReceiveCount >= FEWEST_RECEIVES) return [];
  return [
    wrong(
      'queue-redrives-early',
      `Queue ${name} gives messages up after ${redrive.maxReceiveCount} receives, and throttling alone takes some.`,
      `Set the maxReceiveCount of its RedrivePolicy to ${FEWEST_RECEIVES} or more and deploy the stack again.`,
    ),
  ];
}

function faultsOfVisibility(queue: Queue, reader: EventSourceMapping, { functions }: Links): Finding[] {
  const timeout = functions.find(({ arn }) => isOf(reader.functionArn, arn))?.timeoutSeconds;
  if (timeout === undefined) return [];
  const least = TIMEOUTS_OF_VISIBILITY * timeout + reader.windowSeconds;
  if (queue.visibilitySeconds >= least) return [];
  return [
    wrong(
      'queue-visibility-short',
      `Queue ${queue.name} shows messages again after ${queue.visibilitySeconds} s, while they may still be worked on.`,
      `Set its VisibilityTimeout to ${least} s or more (6 × the function's timeout of ${timeout} s + the window of ${reader.windowSeconds} s) and deploy the stack again.`,
    ),
  ];
}

/** A mapping may name a version or an alias behind the function's own ARN. */
function isOf(functionArn: string, arn: string): boolean {
  return functionArn === arn || functionArn.startsWith(`${arn}:`);
}

function deadLettersIn(queue: Queue, links: Links): Finding[] {
  const { name, messages } = queue;
  if (messages === 0) return [];
  return [
    wrong(
      'dead-letters-waiting',
      `About ${messages} ${messages === 1 ? 'message waits' : 'messages wait'} in dead-letter queue ${name}.`,
      `Mend what they failed on, then ${waysBack(queue, links)}`,
    ),
  ];
}

function waysBack({ arn }: Queue, { queues, rules }: Links): string {
  // A message move takes only the dead-letter queues of other queues:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
  if (queues.some(({ redrive }) => redrive?.deadLetterArn === arn)) {
    return `put them back: aws sqs start-message-move-task --source-arn ${arn}`;
  }
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  if (rules.flatMap(targetsOf).some(({ deadLetterArn }) => deadLetterArn === arn)) {
    return 'send the body of each to the target that its attribute TARGET_ARN names (ERROR_CODE says why it failed), and delete it.';
  }
  return 'delete them: they tell of runs that failed, and the next run does their work.';
}
