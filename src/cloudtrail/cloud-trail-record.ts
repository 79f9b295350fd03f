import type { Members } from './json-members.ts';

/**
 * The members of a CloudTrail record that are read; each may have any type. `eventVersion` is not read: minor versions
 * only add members, and a record of a future major version is read as far as it still has these.
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
  | 'requestID'
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

/** The members of `userIdentity` that are read. */
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
