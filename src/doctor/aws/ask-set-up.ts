import { KeytrailError } from '../../keytrail-error.ts';
import type { Looked } from '../looked.ts';
import type { SetUp, Stack } from '../set-up.ts';
import { askStack, findStack, type StackInAws } from './ask-stack.ts';
import { askTrails } from './ask-trails.ts';
import { type Clients, openClients } from './clients.ts';

export interface Question {
  readonly stackName: string;
  readonly region?: string;
  /** Organisation and account ids that a hub must let in; empty asks what the stack was deployed with. */
  readonly admits: readonly string[];
}

/** What AWS says of an account and Region, and of a hub and its spokes what the stack was deployed with. */
export interface Answer {
  readonly setUp: SetUp;
  readonly accountId?: string;
  readonly admits: readonly string[];
  readonly hubBusArn?: string;
}

/** @throws KeytrailError `aws-unavailable` and `not-found`, where there is nothing to tell */
export async function askSetUp(question: Question): Promise<Answer> {
  const clients = await openClients(question.region);
  try {
    return await askWith(clients, question);
  } finally {
    clients.close();
  }
}

async function askWith(clients: Clients, { stackName, admits }: Question): Promise<Answer> {
  const region = await regionOf(clients);
  const found = await findStack(clients, stackName, region);
  const admitted = admits.length > 0 || found.kind !== 'seen' ? admits : admittedBy(found.value);
  // The parameter of a spoke's template.
  const hubBusArn = found.kind === 'seen' ? found.value.parameters['HubEventBusArn'] : undefined;
  const [trails, stack] = await Promise.all([
    askTrails(clients),
    found.kind === 'seen'
      ? askStack(clients, stackName, found.value, admitted.length > 0 ? ['default'] : [])
      : Promise.resolve<Looked<Stack>>(found),
  ]);
  return {
    setUp: { region, stackName, trails, stack },
    admits: admitted,
    ...(found.kind === 'seen' ? { accountId: found.value.accountId } : {}),
    ...(hubBusArn === undefined ? {} : { hubBusArn }),
  };
}

async function regionOf(clients: Clients): Promise<string> {
  try {
    return await clients.region();
  } catch (error) {
    throw new KeytrailError(
      'bad-usage',
      'No Region is set; name it with --region, AWS_REGION or the AWS profile.',
      { cause: error },
    );
  }
}

/** The parameters of the hub's template that say whom it lets in. */
function admittedBy({ parameters }: StackInAws): readonly string[] {
  const ids = [parameters['OrganisationId'] ?? '', ...(parameters['SpokeAccounts'] ?? '').split(',')];
  return ids.map((id) => id.trim()).filter((id) => id !== '');
}
