import { checkBuses } from './check-buses.ts';
import { checkFunctions, checkMappings } from './check-functions.ts';
import { checkLogDoor } from './check-log-door.ts';
import { checkQueues } from './check-queues.ts';
import { checkRules } from './check-rules.ts';
import { checkTables } from './check-tables.ts';
import { checkTrails } from './check-trails.ts';
import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import type { Expectation, SetUp, Stack } from './set-up.ts';

/** Everything that is right, wrong or not told about a set-up, in the way of an event from its trail to its row. */
export function findingsOf({ region, stackName, trails, stack }: SetUp, expected: Expectation): Finding[] {
  const ofTrails = checkTrails(trails, region);
  if (stack.kind !== 'seen') {
    // That there is none has ended the command before.
    return stack.kind === 'absent' ? ofTrails : [...ofTrails, notLookedAt(`Stack ${stackName}`, stack)];
  }
  const expectation = { ...expected, isSpoke: expected.isSpoke || looksLikeSpoke(stack.value) };
  return [
    ...ofTrails,
    ...checkStack(stackName, stack.value, expectation),
    ...checkRules(stack.value.rules, stack.value.queues, expectation),
    ...checkBuses(stack.value.buses, expectation.admits),
    ...checkQueues(stack.value),
    ...checkLogDoor(stack.value),
    ...checkMappings(stack.value.mappings),
    ...checkFunctions(stack.value.functions),
    ...checkTables(stack.value.tables),
  ];
}

/** A spoke passes events on and works on none. */
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

function checkStack(name: string, stack: Stack, { isSpoke }: Expectation): Finding[] {
  const findings: Finding[] = [];
  if (!SETTLED.has(stack.status)) {
    findings.push(
      wrong(
        'stack-not-settled',
        `Stack ${name} is ${stack.status}.`,
        stack.status.endsWith('_IN_PROGRESS')
          ? 'Wait for it and run the doctor again.'
          : 'See in its events what failed (aws cloudformation describe-stack-events), mend it and deploy again.',
      ),
    );
  }
  const needed = {
    rules: stack.rules,
    ...(isSpoke
      ? {}
      : {
          queues: stack.queues,
          'event source mappings': stack.mappings,
          functions: stack.functions,
          tables: stack.tables,
        }),
  };
  const missing = Object.entries(needed).flatMap(([what, things]) => (things.length === 0 ? [what] : []));
  if (missing.length > 0) {
    findings.push(
      wrong(
        'stack-incomplete',
        `Stack ${name} has no ${missing.join(' and no ')}.`,
        "Check that --stack names Keytrail's stack, and deploy it again.",
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [right('stack', `Stack ${name} is ${stack.status}${isSpoke ? ', a spoke' : ''}.`)];
}
