import type { Target } from '@aws-sdk/client-eventbridge';
import type { AwsClients } from './aws-clients.ts';
import { type ReadResult, readFromAws } from './read-result.ts';

/** An EventBridge rule with its targets. */
export interface EventRule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly state: string;
  /** JSON; a rule without a pattern runs on a schedule. */
  readonly pattern?: string;
  readonly targets: ReadResult<readonly RuleTarget[]>;
}

export interface RuleTarget {
  readonly arn: string;
  readonly roleArn?: string;
  readonly deadLetterArn?: string;
}

export interface EventBus {
  readonly name: string;
  readonly arn: string;
  /** Its resource policy, JSON. */
  readonly policy?: string;
}

/** The targets of a rule; none where they are unreadable. */
export function targetsOf({ targets }: EventRule): readonly RuleTarget[] {
  return targets.kind === 'read' ? targets.value : [];
}

/** @param id the rule's id in CloudFormation: its name, with the prefix `bus|` on another bus than the default one */
export async function readRule({ eventBridge }: AwsClients, id: string): Promise<ReadResult<EventRule>> {
  const [Name = id, EventBusName = 'default'] = id.split('|').reverse();
  const [rule, targets] = await Promise.all([
    readFromAws('events:DescribeRule', () => eventBridge.describeRule({ Name, EventBusName })),
    readFromAws('events:ListTargetsByRule', async () => {
      const targets: RuleTarget[] = [];
      for (let NextToken: string | undefined; ; ) {
        const page = await eventBridge.listTargetsByRule({ Rule: Name, EventBusName, NextToken });
        targets.push(...(page.Targets ?? []).flatMap(targetOf));
        NextToken = page.NextToken;
        if (NextToken === undefined) return targets;
      }
    }),
  ]);
  if (rule.kind !== 'read') return rule;
  const { Arn, EventPattern, State = 'ENABLED' } = rule.value;
  return {
    kind: 'read',
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

export function readBus({ eventBridge }: AwsClients, name: string): Promise<ReadResult<EventBus>> {
  return readFromAws('events:DescribeEventBus', async () => {
    const { Arn = '', Policy = '' } = await eventBridge.describeEventBus({ Name: name });
    return { name, arn: Arn, ...(Policy === '' ? {} : { policy: Policy }) };
  });
}
