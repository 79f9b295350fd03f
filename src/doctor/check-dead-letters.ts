import { type Finding, wrong } from './finding.ts';
import type { Queue } from './queue.ts';
import type { QueueLinks } from './queue-links.ts';
import { targetsOf } from './rule.ts';

/** What waits in a queue for what failed, and how to put it back. */
export function deadLettersIn(queue: Queue, links: QueueLinks): Finding[] {
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

function waysBack({ arn }: Queue, { queues, rules }: QueueLinks): string {
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
