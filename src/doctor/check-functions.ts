import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import type { EventSourceMapping, LambdaFunction } from './function.ts';
import type { Named } from './looked.ts';

/** Whether a stack's functions can run. */
export function checkFunctions(functions: readonly Named<LambdaFunction>[]): Finding[] {
  return functions.flatMap(({ name, looked }) => {
    switch (looked.kind) {
      case 'unseen':
        return [notLookedAt(`Function ${name}`, looked)];
      case 'absent':
        return [
          wrong('function-missing', `Function ${name} of the stack is gone.`, 'Deploy the stack again.'),
        ];
      case 'seen':
        return checkFunction(looked.value);
      default:
        return looked satisfies never;
    }
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
function checkFunction(lambda: LambdaFunction): Finding[] {
  const { name, state, stateReason, lastUpdateStatus, reservedConcurrency } = lambda;
  const faults: Finding[] = [];
  if (state !== 'Active') {
    const reason = stateReason === undefined ? '' : ` (${stateReason})`;
    faults.push(
      wrong(
        'function-not-active',
        `Function ${name} is ${state}${reason}.`,
        state === 'Pending'
          ? 'Wait a minute and run the doctor again.'
          : 'Mend the reason and deploy the stack again.',
      ),
    );
  } else if (lastUpdateStatus === 'Failed') {
    faults.push(
      wrong(
        'function-not-active',
        `The last update of function ${name} failed, so an older one runs.`,
        'Deploy the stack again.',
      ),
    );
  }
  if (reservedConcurrency.kind === 'unseen') {
    faults.push(notLookedAt(`The reserved concurrency of function ${name}`, reservedConcurrency));
  } else if (reservedConcurrency.kind === 'seen' && reservedConcurrency.value === 0) {
    faults.push(
      wrong(
        'function-reserved-nothing',
        `Function ${name} has a reserved concurrency of 0, so it never runs.`,
        `Take it off: aws lambda delete-function-concurrency --function-name ${name}`,
      ),
    );
  }
  return faults.length > 0 ? faults : [right('function', `Function ${name} is Active.`)];
}

/** Whether what reads a stack's queues does read them, and gives back only what failed. */
export function checkMappings(mappings: readonly Named<EventSourceMapping>[]): Finding[] {
  return mappings.flatMap(({ name, looked }) => {
    switch (looked.kind) {
      case 'unseen':
        return [notLookedAt(`Event source mapping ${name}`, looked)];
      case 'absent':
        return [
          wrong(
            'mapping-missing',
            `Event source mapping ${name} of the stack is gone.`,
            'Deploy the stack again.',
          ),
        ];
      case 'seen':
        return checkMapping(looked.value);
      default:
        return looked satisfies never;
    }
  });
}

function checkMapping({ id, queueArn, state, reportsItemFailures }: EventSourceMapping): Finding[] {
  const queue = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const faults: Finding[] = [];
  // `Updating` goes on reading, and `Enabling` is about to.
  if (!['Enabled', 'Enabling', 'Updating'].includes(state)) {
    faults.push(
      wrong(
        'mapping-not-enabled',
        `The event source mapping of queue ${queue} is ${state}, so nothing reads the queue.`,
        `Enable it: aws lambda update-event-source-mapping --uuid ${id} --enabled`,
      ),
    );
  }
  if (!reportsItemFailures) {
    faults.push(
      wrong(
        'mapping-fails-whole-batches',
        `The event source mapping of queue ${queue} does not report single failures, so one bad message fails its whole batch.`,
        `Set it: aws lambda update-event-source-mapping --uuid ${id} --function-response-types ReportBatchItemFailures`,
      ),
    );
  }
  return faults.length > 0 ? faults : [right('event-source-mapping', `Queue ${queue} is read.`)];
}
