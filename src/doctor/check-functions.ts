import { type CheckResult, checkEach, failed, notReadable, passed } from './check-result.ts';
import type { LambdaFunction } from './function.ts';
import type { StackResource } from './read-result.ts';

/** Checks that a stack's functions can run. */
export function checkFunctions(functions: readonly StackResource<LambdaFunction>[]): CheckResult[] {
  return checkEach(functions, { type: 'Function', missingCode: 'function-missing', check: checkFunction });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
function checkFunction(lambda: LambdaFunction): CheckResult[] {
  const { name, state, stateReason, lastUpdateStatus, reservedConcurrency } = lambda;
  const faults: CheckResult[] = [];
  if (state !== 'Active') {
    const reason = stateReason === undefined ? '' : ` (${stateReason})`;
    faults.push(
      failed(
        'function-not-active',
        `Function ${name} is ${state}${reason}.`,
        state === 'Pending'
          ? 'Wait a minute and run the doctor again.'
          : 'Mend the reason and deploy the stack again.',
      ),
    );
  } else if (lastUpdateStatus === 'Failed') {
    faults.push(
      failed(
        'function-not-active',
        `The last update of function ${name} failed, so an older one runs.`,
        'Deploy the stack again.',
      ),
    );
  }
  if (reservedConcurrency.kind === 'unreadable') {
    faults.push(notReadable(`The reserved concurrency of function ${name}`, reservedConcurrency));
  } else if (reservedConcurrency.kind === 'read' && reservedConcurrency.value === 0) {
    faults.push(
      failed(
        'function-reserved-nothing',
        `Function ${name} has a reserved concurrency of 0, so it never runs.`,
        `Take it off: aws lambda delete-function-concurrency --function-name ${name}`,
      ),
    );
  }
  return faults.length > 0 ? faults : [passed('function', `Function ${name} is Active.`)];
}
