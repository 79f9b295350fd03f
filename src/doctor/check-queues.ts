import { deadLettersIn } from './check-dead-letters.ts';
import { faultsOfReading } from './check-queue-readers.ts';
import { faultsOfSending } from './check-queue-senders.ts';
import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import type { Queue } from './queue.ts';
import { keepsWhatFailed, linksOf, type QueueLinks } from './queue-links.ts';
import type { Stack } from './set-up.ts';

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

function checkQueue(queue: Queue, links: QueueLinks): Finding[] {
  const isForDeadLetters = keepsWhatFailed(queue, links);
  const faults = [
    ...faultsOfSending(queue, links),
    ...(isForDeadLetters ? deadLettersIn(queue, links) : faultsOfReading(queue, links)),
  ];
  if (faults.length > 0) return faults;
  return [
    isForDeadLetters
      ? right('dead-letter-queue', `Dead-letter queue ${queue.name} is empty.`)
      : right('queue', `Queue ${queue.name} is whole.`),
  ];
}
