import type { CloudTrailRecord, UserIdentity } from '../cloudtrail/cloud-trail-record.ts';
import { eventTimeMs } from '../cloudtrail/event-time.ts';
import { objectIn, textIn } from '../cloudtrail/json-members.ts';
import { principalOf } from '../cloudtrail/principal.ts';
import type { JobFact, ResourceFact } from './job-fact.ts';
import { factsOfResource } from './resource-facts.ts';
import { resourceApiOf } from './resource-kinds.ts';

/**
 * The facts in a record of `sagemaker.amazonaws.com` about jobs and their definitions. None if the call failed, is
 * irrelevant to the join, or names no resource. Never throws, whatever the record.
 *
 * The training jobs of a tuning job are service events. Nobody requested them by a call, so they have no launcher.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/logging-using-cloudtrail.html
 */
export function jobFactsOfRecord(record: CloudTrailRecord): readonly JobFact[] {
  const api = resourceApiOf(textIn(record.eventName) ?? '');
  const timeMs = eventTimeMs(record.eventTime);
  if (api === undefined || timeMs === undefined || hasFailed(record)) {
    return [];
  }
  const identity: UserIdentity | undefined = objectIn(record.userIdentity);
  const region = textIn(record.awsRegion);
  const isServiceEvent = record.eventType === 'AwsServiceEvent';
  const isRequested = !isServiceEvent && (api.toldBy === 'create' || api.toldBy === 'start');
  const launcher = isRequested ? launcherOf(identity, region) : undefined;
  return factsOfResource(api.kind, {
    toldBy: isServiceEvent && api.toldBy === 'create' ? 'service-event' : api.toldBy,
    timeMs,
    accountId: textIn(record.recipientAccountId) ?? textIn(identity?.accountId),
    region,
    request: [objectIn(record.requestParameters), objectIn(record.serviceEventDetails)],
    response: objectIn(record.responseElements),
    ...(launcher === undefined ? {} : { launcher }),
  });
}

/** Whether the call failed, with an error code of any type: then the resource does not exist. */
export function hasFailed(record: CloudTrailRecord): boolean {
  return record.errorCode !== undefined && record.errorCode !== null && record.errorCode !== '';
}

function launcherOf(
  identity: UserIdentity | undefined,
  region: string | undefined,
): ResourceFact['launcher'] | undefined {
  const { id, type, sourceIdentity } = principalOf(identity, region, { names: undefined });
  if (id === undefined && type === 'unknown') {
    return undefined;
  }
  return {
    ...(id === undefined ? {} : { id }),
    type,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
}
