import type { Stack as CloudFormationStack } from '@aws-sdk/client-cloudformation';
import { awsErrorOf, errorTextOf } from '../aws-error.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { type AwsClients, openAwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws, throwIfCredentialsFail } from './read-result.ts';
import { readStack, type Stack, type StackDescription } from './stack.ts';
import { readTrails, type Trail } from './trail.ts';

export interface DeploymentQuery {
  readonly stackName: string;
  /** Absent for the Region of the ordinary AWS settings. */
  readonly region?: string;
  /** Organisation and account ids that a hub must let in; empty for those of the stack's parameters. */
  readonly admits: readonly string[];
}

/** Keytrail as it is deployed in one account and Region. */
export interface Deployment {
  readonly region: string;
  readonly stackName: string;
  /** Absent where the stack is unreadable. */
  readonly accountId?: string;
  readonly trails: ReadResult<readonly Trail[]>;
  readonly stack: ReadResult<Stack>;
  /** Organisation and account ids that the hub's bus must take events from. */
  readonly admits: readonly string[];
  /** The bus that a spoke was deployed to send to. */
  readonly hubBusArn?: string;
}

/**
 * Reads a deployment from AWS.
 * @throws KeytrailError `bad-usage` without a Region, `not-found` without such a stack, `aws-unavailable`
 */
export async function readDeployment(query: DeploymentQuery): Promise<Deployment> {
  const clients = await openAwsClients(query.region);
  try {
    return await readWith(clients, query);
  } finally {
    clients.close();
  }
}

async function readWith(clients: AwsClients, { stackName, admits }: DeploymentQuery): Promise<Deployment> {
  const region = await regionOf(clients);
  const description = await describeStack(clients, stackName, region);
  if (description.kind !== 'read')
    return { region, stackName, trails: await readTrails(clients), stack: description, admits };
  const { accountId, parameters } = description.value;
  const admitted = admits.length > 0 ? admits : admittedBy(parameters);
  const hubBusArn = parameters['HubEventBusArn'];
  const [trails, stack] = await Promise.all([
    readTrails(clients),
    readStack(clients, stackName, description.value, admitted.length > 0 ? ['default'] : []),
  ]);
  return {
    region,
    stackName,
    accountId,
    trails,
    stack,
    admits: admitted,
    ...(hubBusArn === undefined ? {} : { hubBusArn }),
  };
}

async function regionOf(clients: AwsClients): Promise<string> {
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

/** The organisation and the accounts in the parameters of the hub's template. */
function admittedBy(parameters: StackDescription['parameters']): readonly string[] {
  const ids = [parameters['OrganisationId'] ?? '', ...(parameters['SpokeAccounts'] ?? '').split(',')];
  return ids.map((id) => id.trim()).filter((id) => id !== '');
}

/** The first call to AWS, and so the one that finds AWS out of reach. */
async function describeStack(
  clients: AwsClients,
  name: string,
  region: string,
): Promise<ReadResult<StackDescription>> {
  const result = await readFromAws('cloudformation:DescribeStacks', async () => {
    try {
      const { Stacks = [] } = await clients.cloudFormation.describeStacks({ StackName: name });
      return Stacks[0];
    } catch (error) {
      // "If the stack doesn't exist, a ValidationError is returned":
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
      const failure = awsErrorOf(error);
      if (failure.name === 'ValidationError' && /does not exist/.test(failure.message)) return undefined;
      throwIfCredentialsFail(error);
      if (failure.status !== 0) throw error;
      throw new KeytrailError(
        'aws-unavailable',
        `AWS cannot be reached in ${region} (${errorTextOf(failure)}); check the network, the Region and AWS_ENDPOINT_URL.`,
        { cause: error },
      );
    }
  });
  if (result.kind !== 'read') return result;
  if (result.value === undefined) {
    throw new KeytrailError(
      'not-found',
      `There is no stack ${name} in ${region}; name it with --stack, or its Region with --region, or deploy it first.`,
    );
  }
  return { kind: 'read', value: descriptionOf(result.value) };
}

function descriptionOf({
  StackId = '',
  StackStatus,
  Parameters = [],
}: CloudFormationStack): StackDescription {
  return {
    accountId: StackId.split(':')[4] ?? '',
    status: StackStatus ?? 'in an unknown state',
    parameters: Object.fromEntries(
      Parameters.flatMap(({ ParameterKey, ParameterValue }) =>
        ParameterKey !== undefined && ParameterValue ? [[ParameterKey, ParameterValue]] : [],
      ),
    ),
  };
}
