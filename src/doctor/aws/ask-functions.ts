import type { EventSourceMapping, LambdaFunction } from '../function.ts';
import type { Looked } from '../looked.ts';
import { ask } from './ask.ts';
import type { Clients } from './clients.ts';

export async function askFunction({ lambda }: Clients, name: string): Promise<Looked<LambdaFunction>> {
  const [configuration, reservedConcurrency] = await Promise.all([
    ask('lambda:GetFunctionConfiguration', () => lambda.getFunctionConfiguration({ FunctionName: name })),
    ask(
      'lambda:GetFunctionConcurrency',
      async () => (await lambda.getFunctionConcurrency({ FunctionName: name })).ReservedConcurrentExecutions,
    ),
  ]);
  if (configuration.kind !== 'seen') return configuration;
  const { FunctionArn, State, StateReason, LastUpdateStatus, Timeout, DeadLetterConfig } =
    configuration.value;
  return {
    kind: 'seen',
    value: {
      name,
      arn: FunctionArn ?? '',
      state: State ?? 'in a state that is not told',
      ...(StateReason ? { stateReason: StateReason } : {}),
      lastUpdateStatus: LastUpdateStatus ?? 'Successful',
      timeoutSeconds: Timeout ?? 0,
      ...(DeadLetterConfig?.TargetArn ? { deadLetterArn: DeadLetterConfig.TargetArn } : {}),
      reservedConcurrency,
    },
  };
}

export function askMapping({ lambda }: Clients, id: string): Promise<Looked<EventSourceMapping>> {
  return ask('lambda:GetEventSourceMapping', async () => {
    const mapping = await lambda.getEventSourceMapping({ UUID: id });
    return {
      id,
      queueArn: mapping.EventSourceArn ?? '',
      functionArn: mapping.FunctionArn ?? '',
      state: mapping.State ?? 'in a state that is not told',
      reportsItemFailures: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
      windowSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
    };
  });
}
