import type { Command } from 'commander';
import { type Checked, checkExpectation } from '../expectations/check-expectation.ts';
import { KeytrailError } from '../keytrail-error.ts';

/** The flags of `expect add`. */
export interface AddFlags {
  readonly id?: string;
  readonly key?: readonly string[];
  readonly principal?: readonly string[];
  readonly operation?: readonly string[];
  readonly via?: readonly string[];
  readonly jobs?: true;
  readonly vpcEndpoint?: readonly string[];
  readonly network?: readonly string[];
  readonly retired?: true;
  readonly owner?: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly from?: string;
  readonly expires?: string;
}

/** Adds the flags of `expect add`. */
export function addAddFlags(command: Command): Command {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return command
    .option('--id <id>', 'its id, which never changes')
    .option('--key <arn|alias|account:id|ml>', 'a key (repeatable)', collect)
    .option('--principal <arn|account:id|service:name>', 'who may use it (repeatable)', collect)
    .option('--operation <name>', 'an operation, or cryptographic, grant, management (repeatable)', collect)
    .option('--via <service>', 'only through this service (repeatable)', collect)
    .option('--jobs', 'only where a SageMaker job made the use')
    .option('--vpc-endpoint <id>', 'only through this VPC endpoint (repeatable)', collect)
    .option('--network <cidr>', 'only from addresses of this network (repeatable)', collect)
    .option('--retired', 'its keys are retired: encrypting with them raises an alert')
    .option('--owner <text>', 'who is responsible for it')
    .option('--reason <text>', 'why the use is allowed')
    .option('--ticket <text>', 'where it was decided')
    .option('--from <time>', 'from when it holds')
    .option('--expires <time>', 'until when it holds');
}

/**
 * Makes an expectation of flags.
 * @throws KeytrailError `bad-usage` with every fault
 */
export function expectationOfFlags(flags: AddFlags, nowMs: number): Extract<Checked, { kind: 'good' }> {
  const { id, key, principal, operation, via, jobs, vpcEndpoint, network, ...rest } = flags;
  const { retired, owner, reason, ticket, from, expires } = rest;
  const only = present({ via, jobs, vpcEndpoints: vpcEndpoint, networks: network });
  const value = present({
    ...{ id, keys: key, principals: principal, operations: operation },
    only: Object.keys(only).length === 0 ? undefined : only,
    ...{ retired, owner, reason, ticket, from, expires },
  });
  const checked = checkExpectation(value, nowMs);
  if (checked.kind === 'good') return checked;
  const sentences = checked.faults.map(({ sentence }) => sentence.replace(/\?$/, ''));
  throw new KeytrailError('bad-usage', `The expectation was not added: ${sentences.join('; ')}.`);
}

function present(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
