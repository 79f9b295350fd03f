import type { FactSource } from './job-fact.ts';
import { inferenceKinds } from './kinds/inference.ts';
import { pipelineKinds } from './kinds/pipeline.ts';
import { processingKinds } from './kinds/processing.ts';
import { studioKinds } from './kinds/studio.ts';
import { trainingKinds } from './kinds/training.ts';
import type { ResourceKind } from './resource-kind.ts';

/** Every kind of SageMaker resource that the join needs. */
export const resourceKinds: readonly ResourceKind[] = [
  ...trainingKinds,
  ...processingKinds,
  ...inferenceKinds,
  ...studioKinds,
  ...pipelineKinds,
];

const verbs: readonly (readonly [verb: string, toldBy: FactSource])[] = [
  ['Create', 'create'],
  ['Update', 'update'],
  ['Start', 'start'],
  ['Stop', 'stop'],
  ['Delete', 'delete'],
];

/** An API call: what it does, and to which kind of resource. */
export interface ResourceApi {
  readonly kind: ResourceKind;
  readonly toldBy: FactSource;
}

const kindsByApi = new Map<string, ResourceApi>(
  resourceKinds.flatMap((kind) =>
    kind.apis.flatMap((api) =>
      verbs.map(([verb, toldBy]): [string, ResourceApi] => [
        `${verb}${api}`,
        { kind, toldBy: toldBy === 'start' && kind.isMadeByStart === true ? 'create' : toldBy },
      ]),
    ),
  ),
);

const kindsByDetailType = new Map(
  resourceKinds.flatMap((kind) =>
    (kind.detailTypes ?? []).map((detailType): [string, ResourceKind] => [`SageMaker ${detailType}`, kind]),
  ),
);

const kindsByType = new Map(resourceKinds.map((kind) => [kind.type, kind]));

export function resourceApiOf(eventName: string): ResourceApi | undefined {
  return kindsByApi.get(eventName);
}

export function kindOfDetailType(detailType: string): ResourceKind | undefined {
  return kindsByDetailType.get(detailType);
}

export function kindOfType(type: string): ResourceKind | undefined {
  return kindsByType.get(type);
}
