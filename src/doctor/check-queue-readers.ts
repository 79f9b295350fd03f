import { type CheckResult, checkEach, failed, passed } from './check-result.ts';
import type { EventSourceMapping, LambdaFunction } from './function.ts';
import type { Queue } from './queue.ts';
import type { StackResource } from './read-result.ts';

/** Checks that the event source mappings read their queues, and return only the messages that failed. */
export function checkMappings(mappings: readonly StackResource<EventSourceMapping>[]): CheckResult[] {
  return checkEach(mappings, {
    type: 'Event source mapping',
    missingCode: 'mapping-missing',
    check: checkMapping,
  });
}

function checkMapping({ id, queueArn, state, reportsItemFailures }: EventSourceMapping): CheckResult[] {
  const queue = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const faults: CheckResult[] = [];
  // A mapping reads while it is `Updating`, and soon after `Enabling`.
  if (!['Enabled', 'Enabling', 'Updating'].includes(state)) {
    faults.push(
      failed(
        'mapping-not-enabled',
        `The event source mapping of queue ${queue} is ${state}, so nothing reads the queue.`,
        `Enable it: aws lambda update-event-source-mapping --uuid ${id} --enabled`,
      ),
    );
  }
  if (!reportsItemFailures) {
    faults.push(
      failed(
        'mapping-fails-whole-batches',
        `The event source mapping of queue ${queue} does not report single failures, so one bad message fails its whole batch.`,
        `Set it: aws lambda update-event-source-mapping --uuid ${id} --function-response-types ReportBatchItemFailures`,
      ),
    );
  }
  return faults.length > 0 ? faults : [passed('event-source-mapping', `Queue ${queue} is read.`)];
}

/** "Set the maxReceiveCount to at least 5": https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const FEWEST_RECEIVES = 5;

/** "At least six times the timeout of the function, plus the batch window", on the same page. */
const TIMEOUTS_OF_VISIBILITY = 6;

/** Faults by which messages are lost between a queue and the functions that read it. */
export function readerFaults(
  queue: Queue,
  readers: readonly EventSourceMapping[],
  functions: readonly LambdaFunction[],
): CheckResult[] {
  return [
    ...redriveFaults(queue),
    ...readers.flatMap((reader) => visibilityFaults(queue, reader, functions)),
  ];
}

function redriveFaults({ name, redrive }: Queue): CheckResult[] {
  if (redrive === undefined) {
    return [
      failed(
        'queue-without-redrive',
        `Queue ${name} has no redrive policy, so what cannot be read blocks it until it expires and is lost.`,
        'Give it a RedrivePolicy with a dead-letter queue and deploy the stack again.',
      ),
    ];
  }
  if (redrive.maxReceiveCount >= FEWEST_RECEIVES) return [];
  return [
    failed(
      'queue-redrives-early',
      `Queue ${name} gives messages up after ${redrive.maxReceiveCount} receives, and throttling alone takes some.`,
      `Set the maxReceiveCount of its RedrivePolicy to ${FEWEST_RECEIVES} or more and deploy the stack again.`,
    ),
  ];
}

function visibilityFaults(
  queue: Queue,
  reader: EventSourceMapping,
  functions: readonly LambdaFunction[],
): CheckResult[] {
  const timeout = functions.find(({ arn }) => runsFunction(reader.functionArn, arn))?.timeoutSeconds;
  if (timeout === undefined) return [];
  const least = TIMEOUTS_OF_VISIBILITY * timeout + reader.windowSeconds;
  if (queue.visibilitySeconds >= least) return [];
  return [
    failed(
      'queue-visibility-short',
      `Queue ${queue.name} shows messages again after ${queue.visibilitySeconds} s, while they may still be worked on.`,
      `Set its VisibilityTimeout to ${least} s or more (6 × the function's timeout of ${timeout} s + the window of ${reader.windowSeconds} s) and deploy the stack again.`,
    ),
  ];
}

/** The ARN in a mapping may end with a version or an alias. */
function runsFunction(functionArn: string, arn: string): boolean {
  return functionArn === arn || functionArn.startsWith(`${arn}:`);
}
