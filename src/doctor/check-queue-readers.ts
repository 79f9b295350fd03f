import { type Finding, wrong } from './finding.ts';
import type { EventSourceMapping } from './function.ts';
import type { Queue } from './queue.ts';
import type { QueueLinks } from './queue-links.ts';
import { targetsOf } from './rule.ts';

/** "Set the maxReceiveCount to at least 5": https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const FEWEST_RECEIVES = 5;

/** "At least six times the timeout of the function, plus the batch window", there as well. */
const TIMEOUTS_OF_VISIBILITY = 6;

/** What loses messages between a queue and its function. */
export function faultsOfReading(queue: Queue, links: QueueLinks): Finding[] {
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

function faultsOfVisibility(queue: Queue, reader: EventSourceMapping, { functions }: QueueLinks): Finding[] {
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
