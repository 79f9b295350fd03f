import { account, aUser, type RecordOverrides } from './cloud-trail-record.ts';

/** A call to CloudTrail about a trail, shaped as AWS documents and writes it. */
export function aTrailCall(
  eventName: string,
  requestParameters: object = { name: 'main' },
  overrides: RecordOverrides = {},
): object {
  return aCall('cloudtrail', eventName, requestParameters, overrides);
}

/** A call to EventBridge about a rule. */
export function aRuleCall(
  eventName: string,
  requestParameters: object = { name: 'keytrail-prod-kms-use' },
  overrides: RecordOverrides = {},
): object {
  return aCall('events', eventName, requestParameters, overrides);
}

function aCall(
  service: string,
  eventName: string,
  requestParameters: object,
  { by, ...overrides }: RecordOverrides,
): object {
  return {
    eventVersion: '1.11',
    userIdentity: by ?? aUser(),
    eventTime: '2026-03-01T10:00:00Z',
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: 'us-west-2',
    sourceIPAddress: '192.0.2.0',
    userAgent: 'aws-cli/2',
    requestParameters,
    responseElements: null,
    requestID: '2d0ed0f2-4a18-4b0b-b2d7-08a6d1d5c9a1',
    eventID: '6b5ab8a4-1d2f-4cc6-a1d8-8b5cf2c4a0de',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    ...overrides,
  };
}
