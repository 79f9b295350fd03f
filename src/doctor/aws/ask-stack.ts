import type { Stack as StackAnswer } from '@aws-sdk/client-cloudformation';
import { awsErrorOf, errorTextOf } from '../../aws-error.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Looked, Named } from '../looked.ts';
import type { Stack } from '../set-up.ts';
import { ask, throwIfCredentialsFail } from './ask.ts';
import { askFunction, askMapping } from './ask-functions.ts';
import { askLogDoor } from './ask-log-door.ts';
import { askQueue, nameOfQueue } from './ask-queues.ts';
import { askBus, askRule } from './ask-rules.ts';
import { askTable } from './ask-table.ts';
import type { Clients } from './clients.ts';

/** A stack, and the parameters that it was deployed with. */
export interface StackInAws {
  readonly accountId: string;
  readonly status: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The first question of all, so it is also the one that finds AWS out of reach.
 * @throws `not-found` where there is no such stack, `aws-unavailable` where nothing can be asked
 */
export async function findStack(clients: Clients, name: string, region: string): Promise<Looked<StackInAws>> {
  const answer = await ask('cloudformation:DescribeStacks', async () => {
    try {
      const { Stacks = [] } = await clients.cloudFormation.describeStacks({ StackName: name });
      return Stacks[0];
    } catch (error) {
      // "If the stack doesn't exist, a ValidationError is returned":
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
      const { name: errorName, message } = awsErrorOf(error);
      if (errorName === 'ValidationError' && /does not exist/.test(message)) return undefined;
      throwIfCredentialsFail(error);
      throwIfUnreached(error, region);
      throw error;
    }
  });
  if (answer.kind !== 'seen') return answer;
  if (answer.value === undefined) {
    throw new KeytrailError(
      'not-found',
      `There is no stack ${name} in ${region}; name it with --stack, or its Region with --region, or deploy it first.`,
    );
  }
  return { kind: 'seen', value: stackOf(answer.value) };
}

function stackOf({ StackId = '', StackStatus, Parameters = [] }: StackAnswer): StackInAws {
  return {
    accountId: StackId.split(':')[4] ?? '',
    status: StackStatus ?? 'in a state that is not told',
    parameters: Object.fromEntries(
      Parameters.flatMap(({ ParameterKey, ParameterValue }) =>
        ParameterKey !== undefined && ParameterValue ? [[ParameterKey, ParameterValue]] : [],
      ),
    ),
  };
}

/** Anything that has a status of HTTP was said by AWS. */
function throwIfUnreached(error: unknown, region: string): void {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  if (status !== undefined) return;
  throw new KeytrailError(
    'aws-unavailable',
    `AWS cannot be reached in ${region} (${errorTextOf(awsErrorOf(error))}); check the network, the Region and AWS_ENDPOINT_URL.`,
    { cause: error },
  );
}

/**
 * What a stack holds, found by the types of its resources.
 * @param busNames buses to look at besides those whose policies the stack sets
 */
export async function askStack(
  clients: Clients,
  name: string,
  { accountId, status, parameters }: StackInAws,
  busNames: readonly string[],
): Promise<Looked<Stack>> {
  const resources = await ask('cloudformation:ListStackResources', () => resourcesOf(clients, name));
  if (resources.kind !== 'seen') return resources;
  const named = <T>(
    ids: readonly string[],
    askOne: (clients: Clients, id: string) => Promise<Looked<T>>,
    nameOf = (id: string) => id,
  ): Promise<Named<T>[]> =>
    Promise.all(ids.map(async (id) => ({ name: nameOf(id), looked: await askOne(clients, id) })));
  const ofType = (...types: readonly string[]) =>
    resources.value.flatMap(({ type, id }) => (types.includes(type) ? [id] : []));
  // A policy is known by its statement, behind `bus|` where that is not the default one.
  const busesWithPolicy = ofType('AWS::Events::EventBusPolicy').map((id) =>
    id.includes('|') ? (id.split('|')[0] ?? 'default') : 'default',
  );
  // After a restore the history lies in a table that the stack did not make.
  const restored = parameters['RestoredTable'];
  const tables =
    restored === undefined ? ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable') : [restored];
  const logQueue = resources.value.find(({ logicalId }) => logicalId === LOG_FILES_QUEUE)?.id;
  const [rules, queues, functions, mappings, tablesAsked, buses, logDoor] = await Promise.all([
    named(ofType('AWS::Events::Rule'), askRule),
    named(ofType('AWS::SQS::Queue'), askQueue, nameOfQueue),
    named(ofType('AWS::Lambda::Function'), askFunction),
    named(ofType('AWS::Lambda::EventSourceMapping'), askMapping),
    named(tables, askTable),
    named([...new Set([...busesWithPolicy, ...busNames])], askBus),
    askLogDoor(
      clients,
      { accountId, parameters },
      logQueue === undefined ? undefined : nameOfQueue(logQueue),
    ),
  ]);
  return {
    kind: 'seen',
    value: {
      accountId,
      status,
      rules,
      queues,
      functions,
      mappings,
      tables: tablesAsked,
      buses,
      ...(logDoor === undefined ? {} : { logDoor }),
    },
  };
}

/** In `deploy/queues.yml`. */
const LOG_FILES_QUEUE = 'LogFilesQueue';

interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly id: string;
}

async function resourcesOf({ cloudFormation }: Clients, StackName: string): Promise<Resource[]> {
  const resources: Resource[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await cloudFormation.listStackResources({ StackName, NextToken });
    for (const {
      LogicalResourceId,
      ResourceType,
      PhysicalResourceId,
      ResourceStatus,
    } of page.StackResourceSummaries ?? []) {
      const isGone = ResourceStatus === 'DELETE_COMPLETE' || ResourceStatus === 'DELETE_SKIPPED';
      if (ResourceType !== undefined && PhysicalResourceId && !isGone)
        resources.push({ logicalId: LogicalResourceId ?? '', type: ResourceType, id: PhysicalResourceId });
    }
    NextToken = page.NextToken;
    if (NextToken === undefined) return resources;
  }
}
