import { PublishCommand, SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import type { Severity } from '../rule-id.ts';
import { type PeopleChannel, refusedBy } from './channel.ts';
import type { GroupNotice, Notice } from './notice.ts';
import { bodyOf, groupBodyOf, groupSubjectOf, subjectOf } from './notice-text.ts';
import { regionOf } from './region-of.ts';

/** Where the channel publishes. */
export interface SnsSettings {
  readonly topicArn: string;
  readonly floor: Severity;
}

/**
 * Publishes text for people to a topic. Subscriptions may filter by the attributes `rule`, `severity` and `state`. A
 * standard topic has no deduplication, so a notice that is sent again is published again.
 */
export function snsChannel({ topicArn, floor }: SnsSettings, client: SNSClient): PeopleChannel {
  async function publish(Subject: string, Message: string, attributes: Readonly<Record<string, string>>) {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    try {
      await client.send(new PublishCommand({ TopicArn: topicArn, Subject, Message, MessageAttributes }));
    } catch (error) {
      throw refusedBy('SNS', error);
    }
  }
  return {
    kind: 'people',
    name: 'sns',
    floor,
    send: (notice: Notice) =>
      publish(subjectOf(notice), bodyOf(notice), {
        id: notice.id,
        rule: notice.rule,
        severity: notice.severity,
        state: notice.state,
      }),
    sendGroup: (group: GroupNotice) =>
      publish(groupSubjectOf(group), groupBodyOf(group), {
        id: group.id,
        severity: group.groups[0]?.severity ?? 'low',
      }),
  };
}

/** The channel with its own client in the topic's Region. */
export function openSns(settings: SnsSettings, patience: SNSClientConfig): PeopleChannel {
  return snsChannel(settings, new SNSClient({ ...regionOf(settings.topicArn), ...patience }));
}
