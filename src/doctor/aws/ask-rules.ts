import type { Target } from '@aws-sdk/client-eventbridge';
import type { Looked } from '../looked.ts';
import type { Bus, Rule, RuleTarget } from '../rule.ts';
import { ask } from './ask.ts';
import type { Clients } from './clients.ts';

/** @param id what CloudFormation knows a rule by: its name, behind `bus|` where that is not the default one */
export async function askRule({ eventBridge }: Clients, id: string): Promise<Looked<Rule>> {
  const [Name = id, EventBusName = 'default'] = id.split('|').reverse();
  const [rule, targets] = await Promise.all([
    ask('events:DescribeRule', () => eventBridge.describeRule({ Name, EventBusName })),
    ask('events:ListTargetsByRule', async () => {
      const targets: RuleTarget[] = [];
      for (let NextToken: string | undefined; ; ) {
        const page = await eventBridge.listTargetsByRule({ Rule: Name, EventBusName, NextToken });
        targets.push(...(page.Targets ?? []).flatMap(targetOf));
        NextToken = page.NextToken;
        if (NextToken === undefined) return targets;
      }
    }),
  ]);
  if (rule.kind !== 'seen') return rule;
  const { Arn, EventPattern, State = 'ENABLED' } = rule.value;
  return {
    kind: 'seen',
    value: {
      name: Name,
      arn: Arn ?? '',
      busName: rule.value.EventBusName ?? EventBusName,
      state: State,
      ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
      targets,
    },
  };
}

function targetOf({ Arn, RoleArn, DeadLetterConfig }: Target): RuleTarget[] {
  if (Arn === undefined) return [];
  return [
    {
      arn: Arn,
      ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
      ...(DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: DeadLetterConfig.Arn }),
    },
  ];
}

export function askBus({ eventBridge }: Clients, name: string): Promise<Looked<Bus>> {
  return ask('events:DescribeEventBus', async () => {
    const { Arn = '', Policy = '' } = await eventBridge.describeEventBus({ Name: name });
    return { name, arn: Arn, ...(Policy === '' ? {} : { policy: Policy }) };
  });
}
