import { kindOfIdentityArn } from '../cloudtrail/identity-arn.ts';
import type { FactSource, JobFact, ResourceFact, S3Location } from './job-fact.ts';
import { at, type MemberPath, textAt, textsAt, valuesAt } from './member-path.ts';
import { type ResourceArn, resourceArnFor, resourceArnOf } from './resource-arn.ts';
import type { ResourceKind } from './resource-kind.ts';
import { resourceTimeMs } from './resource-time.ts';
import { maxS3UriLength, s3LocationOf } from './s3-location.ts';

/** An event of one resource, its parts found and not yet read. */
export interface ResourceEvent {
  readonly toldBy: FactSource;
  readonly timeMs: number;
  /** Where it was recorded, for what names no ARN. */
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** What the request, or the state change's detail, says; a list of objects is read as one. */
  readonly said: unknown;
  /** What the answer says, or `undefined`. */
  readonly answered?: unknown;
  /** ARNs that the event as a whole is about. */
  readonly about?: readonly unknown[];
  readonly launcher?: ResourceFact['launcher'];
}

const maxNameLength = 256;
const maxArnLength = 2048;
const creationTime = at('creationTime');

/** None where the event names no resource: without one no use can be joined to it. */
export function factsOfResource(kind: ResourceKind, told: ResourceEvent): readonly JobFact[] {
  const arn = arnOf(kind, told);
  if (arn === undefined) {
    return [];
  }
  const name = nameOf(kind, told, arn);
  const common = { accountId: arn.accountId, region: arn.region, timeMs: told.timeMs };
  switch (kind.tells) {
    case 'resource':
      return [{ kind: 'resource', ...common, ...resourceMembers(kind, told, arn, name) }];
    case 'model':
      return [{ kind: 'model', ...common, name, ...modelMembers(kind, told) }];
    case 'endpoint-config':
      return [{ kind: 'endpoint-config', ...common, name, ...endpointConfigMembers(kind, told) }];
    default:
      return kind.tells satisfies never;
  }
}

function resourceMembers(
  kind: ResourceKind,
  told: ResourceEvent,
  arn: ResourceArn,
  name: string,
): Omit<ResourceFact, 'kind' | 'accountId' | 'region' | 'timeMs'> {
  const { said, toldBy } = told;
  const roles = rolesAt(said, kind.roles);
  const [roleArn, ...moreRoleArns] = roles ?? [];
  const isStateChange = toldBy === 'state-change';
  return present({
    arn: arn.arn,
    type: kind.type,
    name,
    toldBy,
    status: isStateChange ? textAt(said, kind.status ?? [], maxNameLength) : undefined,
    createdMs: isStateChange ? timeAt(said, creationTime) : undefined,
    startedMs: isStateChange ? timeAt(said, kind.started) : undefined,
    endedMs: isStateChange ? timeAt(said, kind.ended) : undefined,
    roleArn,
    moreRoleArns: moreRoleArns.length === 0 ? undefined : moreRoleArns,
    launcher: told.launcher,
    inputs: locationsAt(said, kind.inputs),
    outputs: outputsAt(said, kind),
    checkpoints: locationsAt(said, kind.checkpoints),
    maxRuntimeSeconds: longestAt(said, kind.maxRuntime),
    maxPendingSeconds: longestAt(said, kind.maxPending),
    ...keysAt(said, kind),
    instanceTypes: textsAt(said, kind.instanceTypes ?? [], maxNameLength),
    parents: parentsOf(kind, told, arn),
    models: namesAt(said, kind.models),
    endpointConfig: textAt(said, kind.endpointConfig ?? [], maxNameLength),
  });
}

function modelMembers(kind: ResourceKind, told: ResourceEvent) {
  const { said, toldBy } = told;
  return present({
    createdMs: definedMs(told),
    roleArn: rolesAt(said, kind.roles)?.[0],
    artifacts: locationsAt(said, kind.inputs),
    isDeleted: isDeletion(toldBy),
  });
}

function endpointConfigMembers(kind: ResourceKind, told: ResourceEvent) {
  const { said, toldBy } = told;
  return present({
    createdMs: definedMs(told),
    roleArn: rolesAt(said, kind.roles)?.[0],
    models: namesAt(said, kind.models),
    ...keysAt(said, kind),
    outputs: locationsAt(said, kind.outputs),
    instanceTypes: textsAt(said, kind.instanceTypes ?? [], maxNameLength),
    isDeleted: isDeletion(toldBy),
  });
}

function definedMs({ said, toldBy, timeMs }: ResourceEvent): number | undefined {
  switch (toldBy) {
    case 'create':
    case 'service-event':
      return timeMs;
    case 'state-change':
      return timeAt(said, creationTime);
    case 'update':
    case 'start':
    case 'stop':
    case 'delete':
      return undefined;
    default:
      return toldBy satisfies never;
  }
}

function isDeletion(toldBy: FactSource): true | undefined {
  return toldBy === 'delete' ? true : undefined;
}

/** The answer's ARN, one that the service added to the request, one the event is about, or one made of the name. */
function arnOf(kind: ResourceKind, told: ResourceEvent): ResourceArn | undefined {
  const written = [
    ...valuesAt([told.answered, told.said].flat(), kind.arn),
    ...(told.about ?? []),
    // Some APIs take an ARN for the name.
    ...valuesAt(told.said, kind.name),
  ];
  for (const value of written) {
    const arn = resourceArnOf(value);
    if (arn !== undefined && isOfKind(arn, kind)) {
      return arn.type === kind.type || arn.type === kind.arnType
        ? arn
        : resourceArnFor(kind.type, arn.path, arn.accountId, arn.region);
    }
  }
  const parts = (kind.arnParts ?? [kind.name]).map((paths) =>
    textAt([told.said, told.answered].flat(), paths, maxNameLength),
  );
  return parts.length === 0 || parts.includes(undefined)
    ? undefined
    : resourceArnFor(kind.type, parts.join('/'), told.accountId, told.region);
}

function isOfKind(arn: ResourceArn, kind: ResourceKind): boolean {
  const isOfType = arn.type === (kind.arnType ?? kind.type) || (kind.oddTypes?.includes(arn.type) ?? false);
  return isOfType && (kind.arnHas === undefined || arn.path.includes(kind.arnHas));
}

/** As it was called, since ARNs of some resources have lost its capital letters. */
function nameOf(kind: ResourceKind, told: ResourceEvent, arn: ResourceArn): string {
  const name = textAt(told.said, kind.name, maxNameLength);
  return name === undefined || name.startsWith('arn:') ? arn.path.slice(arn.path.lastIndexOf('/') + 1) : name;
}

function parentsOf(
  kind: ResourceKind,
  { said, answered }: ResourceEvent,
  arn: ResourceArn,
): readonly string[] | undefined {
  const parents = new Set<string>();
  for (const value of valuesAt([said, answered].flat(), kind.parents ?? [])) {
    const parent = resourceArnOf(value);
    if (parent !== undefined) {
      parents.add(parent.arn);
    }
  }
  for (const { type, name } of kind.parentNames ?? []) {
    const path = textAt(said, name, maxNameLength);
    const parent =
      path === undefined
        ? undefined
        : (resourceArnOf(path) ?? resourceArnFor(type, path, arn.accountId, arn.region));
    if (parent !== undefined) {
      parents.add(parent.arn);
    }
  }
  return parents.size === 0 ? undefined : [...parents];
}

function rolesAt(said: unknown, paths: readonly MemberPath[] | undefined): readonly string[] | undefined {
  const roles = textsAt(said, paths ?? [], maxArnLength)?.filter((arn) => kindOfIdentityArn(arn) === 'role');
  return roles === undefined || roles.length === 0 ? undefined : roles;
}

function keysAt(said: unknown, kind: ResourceKind) {
  return {
    volumeKeys: textsAt(said, kind.volumeKeys ?? [], maxArnLength),
    outputKeys: textsAt(said, kind.outputKeys ?? [], maxArnLength),
    dataKeys: textsAt(said, kind.dataKeys ?? [], maxArnLength),
  };
}

/** Names of models and the like; some members take an ARN of one, which ends in it. */
function namesAt(said: unknown, paths: readonly MemberPath[] | undefined): readonly string[] | undefined {
  return textsAt(said, paths ?? [], maxNameLength)?.map((name) => resourceArnOf(name)?.path ?? name);
}

function locationsAt(
  said: unknown,
  paths: readonly MemberPath[] | undefined,
): readonly S3Location[] | undefined {
  const locations = (textsAt(said, paths ?? [], maxS3UriLength) ?? []).flatMap(
    (uri) => s3LocationOf(uri) ?? [],
  );
  return locations.length === 0 ? undefined : locations;
}

function outputsAt(said: unknown, kind: ResourceKind): readonly S3Location[] | undefined {
  const isWithoutName = valuesAt(said, kind.withoutName ?? []).some((value) => value === true);
  const below = (locationsAt(said, kind.outputsBelowName) ?? []).map((location) =>
    isWithoutName ? location : { ...location, belowJobName: true as const },
  );
  const outputs = [...below, ...(locationsAt(said, kind.outputs) ?? [])];
  return outputs.length === 0 ? undefined : outputs;
}

function timeAt(said: unknown, paths: readonly MemberPath[] | undefined): number | undefined {
  for (const value of valuesAt(said, paths ?? [])) {
    const timeMs = resourceTimeMs(value);
    if (timeMs !== undefined) {
      return timeMs;
    }
  }
  return undefined;
}

/** No SageMaker job may run or wait for a year; what says so says nothing. */
const yearSeconds = 366 * 86_400;

function longestAt(said: unknown, paths: readonly MemberPath[] | undefined): number | undefined {
  let longest: number | undefined;
  for (const value of valuesAt(said, paths ?? [])) {
    const seconds = typeof value === 'string' ? Number(value) : value;
    if (typeof seconds === 'number' && seconds >= 1 && seconds <= yearSeconds) {
      longest = Math.max(longest ?? 0, Math.floor(seconds));
    }
  }
  return longest;
}

type Present<Value> = {
  [Member in keyof Value as undefined extends Value[Member] ? Member : never]?: Exclude<
    Value[Member],
    undefined
  >;
} & { [Member in keyof Value as undefined extends Value[Member] ? never : Member]: Value[Member] };

/** Without its absent members: facts are compared by their JSON. */
function present<Value extends object>(value: Value): Present<Value> {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as Present<Value>;
}
