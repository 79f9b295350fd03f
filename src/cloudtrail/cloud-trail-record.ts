import type { Members } from './json-members.ts';

/**
 * The members of a CloudTrail record that are read, of whatever type they came in. Others are not looked at, and
 * neither is `eventVersion`: its minor versions only add members, and a record of a major version to come is
 * read as far as it still has these.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export type CloudTrailRecord = Members<
  | 'addendum'
  | 'additionalEventData'
  | 'awsRegion'
  | 'errorCode'
  | 'errorMessage'
  | 'eventCategory'
  | 'eventID'
  | 'eventName'
  | 'eventSource'
  | 'eventTime'
  | 'eventType'
  | 'insightDetails'
  | 'recipientAccountId'
  | 'requestParameters'
  | 'resources'
  | 'responseElements'
  | 'serviceEventDetails'
  | 'sharedEventID'
  | 'sourceIPAddress'
  | 'userAgent'
  | 'userIdentity'
  | 'vpcEndpointId'
>;

export type UserIdentity = Members<
  | 'accessKeyId'
  | 'accountId'
  | 'arn'
  | 'inScopeOf'
  | 'invokedBy'
  | 'onBehalfOf'
  | 'principalId'
  | 'sessionContext'
  | 'type'
>;
