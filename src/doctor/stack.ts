import type { AwsClients } from './aws-clients.ts';
import { type DeployedTable, readTable } from './deployed-table.ts';
import { type EventBus, type EventRule, readBus, readRule } from './event-rule.ts';
import { type EventSourceMapping, type LambdaFunction, readFunction, readMapping } from './function.ts';
import { type LogSource, readLogSource } from './log-source.ts';
import { type Queue, queueNameOf, readQueue } from './queue.ts';
import { type ReadResult, readFromAws, type StackResource } from './read-result.ts';

/** The logical id of the queue for log files in `deploy/queues.yml`. */
const LOG_FILES_QUEUE = 'LogFilesQueue';

/** A stack as CloudFormation describes it. */
export interface StackDescription {
  readonly accountId: string;
  readonly status: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A stack with its resources. */
export interface Stack {
  readonly accountId: string;
  readonly status: string;
  readonly rules: readonly StackResource<EventRule>[];
  readonly queues: readonly StackResource<Queue>[];
  readonly functions: readonly StackResource<LambdaFunction>[];
  readonly mappings: readonly StackResource<EventSourceMapping>[];
  readonly tables: readonly StackResource<DeployedTable>[];
  /** The buses that take events from spokes. */
  readonly buses: readonly StackResource<EventBus>[];
  /** Absent where the stack was deployed without log files. */
  readonly logSource?: LogSource;
}

/**
 * Reads the resources of a stack, which it finds by their types.
 * @param busNames buses to read besides those whose policies the stack sets
 */
export async function readStack(
  clients: AwsClients,
  name: string,
  { accountId, status, parameters }: StackDescription,
  busNames: readonly string[],
): Promise<ReadResult<Stack>> {
  const listed = await readFromAws('cloudformation:ListStackResources', () => listResources(clients, name));
  if (listed.kind !== 'read') return listed;
  const ofType = (...types: readonly string[]) =>
    listed.value.flatMap(({ type, id }) => (types.includes(type) ? [id] : []));
  const readAll = <T>(
    ids: readonly string[],
    readOne: (clients: AwsClients, id: string) => Promise<ReadResult<T>>,
    nameOf = (id: string) => id,
  ): Promise<StackResource<T>[]> =>
    Promise.all(ids.map(async (id) => ({ name: nameOf(id), result: await readOne(clients, id) })));
  // The id of a policy is its statement's, with the prefix `bus|` on another bus than the default one.
  const busesWithPolicy = ofType('AWS::Events::EventBusPolicy').map((id) =>
    id.includes('|') ? (id.split('|')[0] ?? 'default') : 'default',
  );
  // After a restore the history is in a table that the stack did not make.
  const restored = parameters['RestoredTable'];
  const tableNames =
    restored === undefined ? ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable') : [restored];
  const logQueue = listed.value.find(({ logicalId }) => logicalId === LOG_FILES_QUEUE)?.id;
  const logQueueName = logQueue === undefined ? undefined : queueNameOf(logQueue);
  const [rules, queues, functions, mappings, tables, buses, logSource] = await Promise.all([
    readAll(ofType('AWS::Events::Rule'), readRule),
    readAll(ofType('AWS::SQS::Queue'), readQueue, queueNameOf),
    readAll(ofType('AWS::Lambda::Function'), readFunction),
    readAll(ofType('AWS::Lambda::EventSourceMapping'), readMapping),
    readAll(tableNames, readTable),
    readAll([...new Set([...busesWithPolicy, ...busNames])], readBus),
    readLogSource(clients, { accountId, parameters }, logQueueName),
  ]);
  const resources = { rules, queues, functions, mappings, tables, buses };
  return {
    kind: 'read',
    value: { accountId, status, ...resources, ...(logSource === undefined ? {} : { logSource }) },
  };
}

interface ListedResource {
  readonly logicalId: string;
  readonly type: string;
  /** The physical id. */
  readonly id: string;
}

async function listResources({ cloudFormation }: AwsClients, StackName: string): Promise<ListedResource[]> {
  const resources: ListedResource[] = [];
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
