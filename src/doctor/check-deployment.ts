import { checkBuses } from './check-buses.ts';
import { checkFunctions } from './check-functions.ts';
import { checkLogSource } from './check-log-source.ts';
import { checkMappings } from './check-queue-readers.ts';
import { checkQueues } from './check-queues.ts';
import { type CheckResult, failed, notReadable, passed } from './check-result.ts';
import { checkRules } from './check-rules.ts';
import { checkTables } from './check-tables.ts';
import { checkTrails } from './check-trails.ts';
import type { Deployment } from './deployment.ts';
import type { Stack } from './stack.ts';

/** What the user says that the deployment should be. */
export interface ExpectedDeployment {
  /** A spoke sends its events to a hub's bus. */
  readonly isSpoke: boolean;
  /** The hub's bus; absent for any bus. */
  readonly hubBusArn?: string;
  /** Organisation and account ids that the hub's bus must take events from. */
  readonly admits: readonly string[];
}

/** Runs every check, in the order in which an event passes: from its trail to its row in the table. */
export function checkDeployment(
  { region, stackName, trails, stack }: Deployment,
  expected: ExpectedDeployment,
): CheckResult[] {
  const ofTrails = checkTrails(trails, region);
  if (stack.kind !== 'read') {
    // `readDeployment` throws where there is no such stack.
    return stack.kind === 'absent' ? ofTrails : [...ofTrails, notReadable(`Stack ${stackName}`, stack)];
  }
  const { rules, queues, functions, mappings, tables, buses, logSource } = stack.value;
  const actual = { ...expected, isSpoke: expected.isSpoke || looksLikeSpoke(stack.value) };
  return [
    ...ofTrails,
    ...checkStack(stackName, stack.value, actual.isSpoke),
    ...checkRules(rules, queues, actual),
    ...checkBuses(buses, actual.admits),
    ...checkQueues(stack.value),
    ...(logSource === undefined ? [] : checkLogSource(logSource, queues)),
    ...checkMappings(mappings),
    ...checkFunctions(functions),
    ...checkTables(tables),
  ];
}

/** A spoke has rules, and neither functions nor a table. */
function looksLikeSpoke({ functions, tables, rules }: Stack): boolean {
  return functions.length === 0 && tables.length === 0 && rules.length > 0;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes */
const SETTLED = new Set([
  'CREATE_COMPLETE',
  'IMPORT_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
]);

function checkStack(name: string, stack: Stack, isSpoke: boolean): CheckResult[] {
  const results: CheckResult[] = [];
  if (!SETTLED.has(stack.status)) {
    results.push(
      failed(
        'stack-not-settled',
        `Stack ${name} is ${stack.status}.`,
        stack.status.endsWith('_IN_PROGRESS')
          ? 'Wait for it and run the doctor again.'
          : 'See in its events what failed (aws cloudformation describe-stack-events), mend it and deploy again.',
      ),
    );
  }
  const missing = missingTypes(stack, isSpoke);
  if (missing.length > 0) {
    results.push(
      failed(
        'stack-incomplete',
        `Stack ${name} has no ${missing.join(' and no ')}.`,
        "Check that --stack names Keytrail's stack, and deploy it again.",
      ),
    );
  }
  return results.length > 0
    ? results
    : [passed('stack', `Stack ${name} is ${stack.status}${isSpoke ? ', a spoke' : ''}.`)];
}

function missingTypes({ rules, queues, mappings, functions, tables }: Stack, isSpoke: boolean): string[] {
  const ofHub = { queues, 'event source mappings': mappings, functions, tables };
  const needed = { rules, ...(isSpoke ? {} : ofHub) };
  return Object.entries(needed).flatMap(([type, resources]) => (resources.length === 0 ? [type] : []));
}
