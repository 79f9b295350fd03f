import { isObject, type Members, objectIn, textIn } from '../cloudtrail/json-members.ts';
import type { JobFact } from './job-fact.ts';
import { at, valuesAt } from './member-path.ts';
import { resourceArnOf } from './resource-arn.ts';
import { factsOfResource } from './resource-facts.ts';
import { kindOfDetailType } from './resource-kinds.ts';
import { resourceTimeMs } from './resource-time.ts';

type StateChange = Members<'account' | 'detail' | 'detail-type' | 'region' | 'resources' | 'time'>;

const stepDetailType = 'SageMaker Model Building Pipeline Execution Step Status Change';
/** The most members of a step's metadata that are read; SageMaker writes one. */
const maxMembers = 20;
const stepStart = at('stepStartTime');
const executionArn = at('pipelineExecutionArn');
const lastModified = at('lastModifiedTime', 'creationTime');

/**
 * The facts in an event that SageMaker sent to EventBridge; none if it is irrelevant to the join. The envelope's `id` is
 * not read, because it differs between two deliveries. Never throws, whatever the event.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-sagemaker.html
 */
export function jobFactsOfStateChange(event: StateChange): readonly JobFact[] {
  const detail = objectIn<string>(event.detail);
  const detailType = textIn(event['detail-type']);
  if (detail === undefined || detailType === undefined) {
    return [];
  }
  const resourceArns = Array.isArray(event.resources) ? event.resources : [event.resources];
  const timeMs = resourceTimeMs(event.time) ?? firstTime(detail, lastModified);
  if (timeMs === undefined) {
    return [];
  }
  if (detailType === stepDetailType) {
    return stepFacts(detail, resourceArns, firstTime(detail, stepStart) ?? timeMs);
  }
  const kind = kindOfDetailType(detailType);
  return kind === undefined
    ? []
    : factsOfResource(kind, {
        toldBy: 'state-change',
        timeMs,
        accountId: textIn(event.account),
        region: textIn(event.region),
        request: detail,
        resourceArns,
      });
}

/**
 * The jobs of a step are in its `metadata`, each under the name of its kind. The start and the end of a step give the
 * same facts.
 */
function stepFacts(
  detail: Members<'metadata'>,
  resourceArns: readonly unknown[],
  timeMs: number,
): readonly JobFact[] {
  const execution = [...valuesAt(detail, executionArn), ...resourceArns]
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
