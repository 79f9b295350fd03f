import type { AwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws } from './read-result.ts';

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly stateReason?: string;
  readonly lastUpdateStatus: string;
  readonly timeoutSeconds: number;
  /** The dead-letter queue of asynchronous calls. */
  readonly deadLetterArn?: string;
  /** `undefined` where the function shares the unreserved concurrency of the account. */
  readonly reservedConcurrency: ReadResult<number | undefined>;
}

/** An event source mapping, which reads a queue for a function. */
export interface EventSourceMapping {
  readonly id: string;
  readonly queueArn: string;
  readonly functionArn: string;
  readonly state: string;
  readonly reportsItemFailures: boolean;
  readonly windowSeconds: number;
}

export async function readFunction(
  { lambda }: AwsClients,
  name: string,
): Promise<ReadResult<LambdaFunction>> {
  const [configuration, reservedConcurrency] = await Promise.all([
    readFromAws('lambda:GetFunctionConfiguration', () =>
      lambda.getFunctionConfiguration({ FunctionName: name }),
    ),
    readFromAws(
      'lambda:GetFunctionConcurrency',
      async () => (await lambda.getFunctionConcurrency({ FunctionName: name })).ReservedConcurrentExecutions,
    ),
  ]);
  if (configuration.kind !== 'read') return configuration;
  const { FunctionArn, State, StateReason, LastUpdateStatus, Timeout, DeadLetterConfig } =
    configuration.value;
  return {
    kind: 'read',
    value: {
      name,
      arn: FunctionArn ?? '',
      state: State ?? 'in an unknown state',
      ...(StateReason ? { stateReason: StateReason } : {}),
      lastUpdateStatus: LastUpdateStatus ?? 'Successful',
      timeoutSeconds: Timeout ?? 0,
      ...(DeadLetterConfig?.TargetArn ? { deadLetterArn: DeadLetterConfig.TargetArn } : {}),
      reservedConcurrency,
    },
  };
}

export function readMapping({ lambda }: AwsClients, id: string): Promise<ReadResult<EventSourceMapping>> {
  return readFromAws('lambda:GetEventSourceMapping', async () => {
    const mapping = await lambda.getEventSourceMapping({ UUID: id });
    return {
      id,
      queueArn: mapping.EventSourceArn ?? '',
      functionArn: mapping.FunctionArn ?? '',
      state: mapping.State ?? 'in an unknown state',
      reportsItemFailures: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
      windowSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
    };
  });
}
