import { outsiderReason, saysOwnSession } from '../../attribution/reasons.ts';
import type { InspectedEvent, JoinedTo } from '../../expectations/inspected-use.ts';
import { attributionOf, judgedJobs } from '../facts/judgement-text.ts';
import { RowUse } from '../facts/row-use.ts';

/** A row of a set as rules see it; moved from row to row. */
export class InspectedRow extends RowUse implements InspectedEvent {
  /** Set with the row: what its judgement says, once that may be asked. */
  joinedTo: JoinedTo | undefined;

  /** The same use as it stands now, to be kept. */
  copy(): InspectedEvent {
    const { eventId, eventTimeMs, operation, category, outcome, principal, joinedTo } = this;
    const { accountId, region, keyArn, keyRef, keyRole, errorCode, encryptionContext } = this;
    const { grant, policy, sourceIp, userAgent, vpcEndpointId, join } = this;
    return {
      ...{ eventId, eventTimeMs, operation, category, outcome, principal, joinedTo },
      ...{ accountId, region, keyArn, keyRef, keyRole, errorCode, encryptionContext },
      ...{ grant, policy, sourceIp, userAgent, vpcEndpointId, join },
    };
  }
}

/** What a judgement, as rows keep it, says of its jobs. */
export function joinedToOf(judgement: string): JoinedTo {
  const { status, jobs, runs } = judgedJobs(judgement);
  const { reasons = [], jobs: attributed, authorJob } = attributionOf(judgement);
  const own = new Set(attributed.filter((job) => saysOwnSession(job.reasons ?? [])).map(({ arn }) => arn));
  const outsider = outsiderReason(reasons);
  return {
    status,
    jobs: jobs.map((arn, place) => {
      const createdMs = runs[place];
      return {
        arn,
        ...(typeof createdMs === 'number' ? { createdMs } : {}),
        ...(own.has(arn) ? { isOwnSession: true } : {}),
      };
    }),
    ...(outsider === undefined ? {} : { outsider }),
    ...(authorJob === undefined ? {} : { authorArn: authorJob.arn }),
  };
}
