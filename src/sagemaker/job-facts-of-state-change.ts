import { isObject, type Members, objectIn, textIn } from '../cloudtrail/json-members.ts';
import type { JobFact } from './job-fact.ts';
import { at, valuesAt } from './member-path.ts';
import { resourceArnOf } from './resource-arn.ts';
import { factsOfResource } from './resource-facts.ts';
import { kindOfDetailType } from './resource-kinds.ts';
import { resourceTimeMs } from './resource-time.ts';

type StateChange = Members<'account' | 'detail' | 'detail-type' | 'region' | 'resources' | 'time'>;

const stepDetailType = 'SageMaker Model Building Pipeline Execution Step Status Change';
/** Of a step's metadata; SageMaker writes one. */
const maxMembers = 20;
const stepStart = at('stepStartTime');
const executionArn = at('pipelineExecutionArn');
const lastModified = at('lastModifiedTime', 'creationTime');

/**
 * What an event that SageMaker itself sent to EventBridge tells; nothing where it is of no use to the join. The
 * envelope's `id`, which differs between two deliveries, is not read. Never throws, whatever the event.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-sagemaker.html
 */
export function jobFactsOfStateChange(event: StateChange): readonly JobFact[] {
  const detail = objectIn<string>(event.detail);
  const detailType = textIn(event['detail-type']);
  if (detail === undefined || detailType === undefined) {
    return [];
  }
  const about = Array.isArray(event.resources) ? event.resources : [event.resources];
  const timeMs = resourceTimeMs(event.time) ?? firstTime(detail, lastModified);
  if (timeMs === undefined) {
    return [];
  }
  if (detailType === stepDetailType) {
    return stepFacts(detail, about, firstTime(detail, stepStart) ?? timeMs);
  }
  const kind = kindOfDetailType(detailType);
  return kind === undefined
    ? []
    : factsOfResource(kind, {
        toldBy: 'state-change',
        timeMs,
        accountId: textIn(event.account),
        region: textIn(event.region),
        said: detail,
        about,
      });
}

/**
 * The jobs of a step stand in its `metadata`, under a member of each kind's name. A step that starts and then ends
 * tells twice of the same.
 */
function stepFacts(
  detail: Members<'metadata'>,
  about: readonly unknown[],
  timeMs: number,
): readonly JobFact[] {
  const execution = [...valuesAt(detail, executionArn), ...about]
    .map(resourceArnOf)
    .find((arn) => arn?.path.includes('/execution/'));
  const metadata = objectIn<string>(detail.metadata);
  if (execution === undefined || metadata === undefined) {
    return [];
  }
  return Object.values(metadata)
    .slice(0, maxMembers)
    .flatMap((member): readonly JobFact[] => {
      const job = isObject<'arn' | 'Arn'>(member) ? resourceArnOf(member.arn ?? member.Arn) : undefined;
      return job === undefined
        ? []
        : [
            {
              kind: 'pipeline-step',
              accountId: job.accountId,
              region: job.region,
              timeMs,
              executionArn: execution.arn,
              jobArn: job.arn,
            },
          ];
    });
}

function firstTime(detail: unknown, paths: Parameters<typeof valuesAt>[1]): number | undefined {
  for (const value of valuesAt(detail, paths)) {
    const timeMs = resourceTimeMs(value);
    if (timeMs !== undefined) {
      return timeMs;
    }
  }
  return undefined;
}
