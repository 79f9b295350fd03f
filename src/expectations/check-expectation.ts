import type * as z from 'zod';
import { OPERATIONS_WITHOUT_KEY } from '../kms/kms-operations.ts';
import { AWS_INFRASTRUCTURE } from './aws-infrastructure.ts';
import type { Expectation } from './expectation.ts';
import type { Fault } from './fault.ts';
import { networkFault } from './networks.ts';
import { expectationSchema } from './schema.ts';
import { faultsOfIssues } from './schema-faults.ts';

export type Checked =
  | { readonly kind: 'good'; readonly expectation: Expectation }
  | { readonly kind: 'bad'; readonly faults: readonly Fault[] };

/**
 * Parses one expectation from outside, or returns all its faults.
 * @param nowMs epoch milliseconds; an end before it is a fault
 * @param current the stored expectation of the same id: its end may be in the past
 */
export function checkExpectation(value: unknown, nowMs: number, current?: Expectation): Checked {
  const parsed: z.ZodSafeParseResult<Expectation> = expectationSchema.safeParse(value);
  if (!parsed.success) return { kind: 'bad', faults: faultsOfIssues(parsed.error.issues, value) };
  const expectation = parsed.data;
  const faults = [
    ...timeFaults(expectation, nowMs, current),
    ...conditionFaults(expectation),
    ...repetitions('keys', expectation.keys),
    ...repetitions('principals', expectation.principals),
    ...repetitions('operations', expectation.operations),
    ...emptyMatches(expectation),
  ];
  return faults.length === 0 ? { kind: 'good', expectation } : { kind: 'bad', faults };
}

function timeFaults({ from, expires }: Expectation, nowMs: number, current?: Expectation): Fault[] {
  if (expires === undefined) return [];
  const endMs = Date.parse(expires);
  if (from !== undefined && Date.parse(from) >= endMs)
    return [{ path: ['expires'], sentence: `\`expires\` ${expires} is not after \`from\` ${from}` }];
  if (endMs > nowMs || current?.expires === expires) return [];
  return [
    {
      path: ['expires'],
      sentence: `\`expires\` ${expires} is in the past; give a later end, or remove the entry`,
    },
  ];
}

function conditionFaults({ only }: Expectation): Fault[] {
  if (only === undefined) return [];
  const faults: Fault[] = [];
  if (Object.keys(only).length === 0)
    faults.push({ path: ['only'], sentence: '`only` names no condition; leave it out' });
  for (const [place, network] of (only.networks ?? []).entries()) {
    const fault = networkFault(network);
    if (fault !== undefined)
      faults.push({
        path: ['only', 'networks', place],
        sentence: `\`only.networks[${place}]\`: \`${network}\` ${fault}`,
      });
  }
  for (const [place, { from, to }] of (only.times ?? []).entries()) {
    if (from >= to)
      faults.push({
        path: ['only', 'times', place],
        sentence: `\`only.times[${place}]\`: ${from} is not before ${to}; what goes past midnight is two entries`,
      });
  }
  for (const name of ['via', 'vpcEndpoints', 'networks'] as const)
    faults.push(...repetitions(name, only[name] ?? [], ['only', name]));
  return faults;
}

function repetitions(name: string, values: readonly unknown[], path: Fault['path'] = [name]): Fault[] {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.flatMap((text, place) => {
    const first = texts.indexOf(text);
    return first === place
      ? []
      : [
          {
            path: [...path, place],
            sentence: `\`${path.join('.')}[${place}]\` says ${text} again; once is enough`,
          },
        ];
  });
}

/** Faults of an expectation that can match no use. */
function emptyMatches({ id, operations, principals, only }: Expectation): Fault[] {
  const faults: Fault[] = [];
  if (id === AWS_INFRASTRUCTURE)
    faults.push({
      path: ['id'],
      sentence: `\`id\` \`${id}\` is reserved for what AWS does by itself; choose another`,
    });
  if (operations.every((operation) => OPERATIONS_WITHOUT_KEY.has(operation)))
    faults.push({
      path: ['operations'],
      sentence: `it matches nothing: ${operations.join(' and ')} names no key`,
    });
  const isOfServices = principals.every(
    (principal) => typeof principal === 'string' && principal.startsWith('service:'),
  );
  if (isOfServices && only?.via !== undefined)
    faults.push({
      path: ['only', 'via'],
      sentence: 'it matches nothing: a service calls by itself, never through another; leave `only.via` out',
    });
  return faults;
}
