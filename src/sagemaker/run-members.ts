import { compareTexts } from '../text/text-order.ts';
import type { Definitions } from './definitions.ts';
import type { Job } from './job.ts';
import type { EndpointConfigFact, ModelFact, ResourceFact, S3Location } from './job-fact.ts';
import type { Run } from './runs.ts';

/** What a run declares in its own requests, and in those of the models and configurations that it names. */
export type RunMembers = Pick<
  Job,
  | 'roleArns'
  | 'inputs'
  | 'outputs'
  | 'checkpoints'
  | 'volumeKeys'
  | 'outputKeys'
  | 'dataKeys'
  | 'instanceTypes'
>;

export interface KnownDefinitions {
  readonly models: Definitions<ModelFact>;
  readonly endpointConfigs: Definitions<EndpointConfigFact>;
}

/**
 * The members of a run. An updated endpoint declares what any of its configurations declares, since each was in force at
 * some time.
 */
export function membersOf({ facts }: Run, definitions: KnownDefinitions): RunMembers {
  const configs = facts.flatMap(({ region, endpointConfig, timeMs }) =>
    endpointConfig === undefined ? [] : definitions.endpointConfigs.currentAt(region, endpointConfig, timeMs),
  );
  const models = [...facts, ...configs].flatMap(({ region, models, timeMs }) =>
    (models ?? []).flatMap((name) => definitions.models.currentAt(region, name, timeMs)),
  );
  return {
    roleArns: distinctTexts([
      ...declared(facts, rolesOf),
      ...[...configs, ...models].flatMap(({ roleArn }) => roleArn ?? []),
    ]),
    inputs: distinctLocations([
      ...declared(facts, ({ inputs }) => inputs),
      ...models.flatMap(({ artifacts }) => artifacts ?? []),
    ]),
    outputs: distinctLocations([
      ...declared(facts, ({ outputs }) => outputs),
      ...configs.flatMap(({ outputs }) => outputs ?? []),
    ]),
    checkpoints: distinctLocations(declared(facts, ({ checkpoints }) => checkpoints)),
    volumeKeys: texts(facts, configs, ({ volumeKeys }) => volumeKeys),
    outputKeys: texts(facts, configs, ({ outputKeys }) => outputKeys),
    dataKeys: texts(facts, configs, ({ dataKeys }) => dataKeys),
    instanceTypes: texts(facts, configs, ({ instanceTypes }) => instanceTypes),
  };
}

/**
 * The items of one member in a run's facts: those in its requests, or, if no request has it, in the newest state change.
 * State changes lack some members of the request, and repeat others with less detail.
 */
function declared<Item>(
  facts: readonly ResourceFact[],
  member: (fact: ResourceFact) => readonly Item[] | undefined,
): readonly Item[] {
  let requested: readonly Item[] = [];
  for (const fact of facts) {
    const items = isRequest(fact) ? member(fact) : undefined;
    if (items !== undefined) requested = requested.length === 0 ? items : [...requested, ...items];
  }
  if (requested.length > 0) {
    return requested;
  }
  const newest = facts.findLast((fact) => member(fact) !== undefined);
  return newest === undefined ? [] : (member(newest) ?? []);
}

/** The value of a member that is no list: the newest from the best kind of source. */
export function bestValue<Value>(
  facts: readonly ResourceFact[],
  member: (fact: ResourceFact) => Value | undefined,
): Value | undefined {
  const best =
    facts.findLast((fact) => isRequest(fact) && member(fact) !== undefined) ??
    facts.findLast((fact) => fact.toldBy === 'state-change' && member(fact) !== undefined) ??
    facts.findLast((fact) => member(fact) !== undefined);
  return best === undefined ? undefined : member(best);
}

/** Whether the contents of a request are among the facts. If CloudTrail left them out, a fact has none of these. */
export function isRequestKnown(facts: readonly ResourceFact[]): boolean {
  return facts.some(
    (fact) =>
      isRequest(fact) &&
      [fact.roleArn, fact.inputs, fact.outputs, fact.instanceTypes, fact.models, fact.endpointConfig].some(
        (member) => member !== undefined,
      ),
  );
}

function isRequest({ toldBy }: ResourceFact): boolean {
  switch (toldBy) {
    case 'create':
    case 'service-event':
    case 'update':
    case 'start':
      return true;
    case 'stop':
    case 'delete':
    case 'state-change':
      return false;
    default:
      return toldBy satisfies never;
  }
}

function rolesOf({ roleArn, moreRoleArns }: ResourceFact): readonly string[] | undefined {
  return roleArn === undefined ? undefined : [roleArn, ...(moreRoleArns ?? [])];
}

type TextLists = Pick<ResourceFact, 'volumeKeys' | 'outputKeys' | 'dataKeys' | 'instanceTypes'>;

function texts(
  facts: readonly ResourceFact[],
  configs: readonly EndpointConfigFact[],
  member: (fact: TextLists) => readonly string[] | undefined,
): readonly string[] {
  return distinctTexts([...declared(facts, member), ...configs.flatMap((config) => member(config) ?? [])]);
}

function distinctTexts(list: readonly string[]): readonly string[] {
  return list.length < 2 ? list : [...new Set(list)].sort();
}

function distinctLocations(list: readonly S3Location[]): readonly S3Location[] {
  if (list.length < 2) {
    return list;
  }
  const byPlace = new Map(
    list.map((location): [string, S3Location] => [
      `${location.bucket}/${location.prefix}${location.belowJobName === true ? '//' : ''}`,
      location,
    ]),
  );
  return [...byPlace].sort(([a], [b]) => compareTexts(a, b)).map(([, location]) => location);
}
