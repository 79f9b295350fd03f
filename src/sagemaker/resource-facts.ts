import { kindOfIdentityArn } from '../cloudtrail/identity-arn.ts';
import type { FactSource, JobFact, ResourceFact, S3Location } from './job-fact.ts';
import { at, type MemberPath, textAt, textsAt, valuesAt } from './member-path.ts';
import { type ResourceArn, resourceArnFor, resourceArnOf } from './resource-arn.ts';
import type { ResourceKind } from './resource-kind.ts';
import { resourceTimeMs } from './resource-time.ts';
import { maxS3UriLength, s3LocationOf } from './s3-location.ts';

/** An event about one resource, taken apart but not yet read. */
export interface ResourceEvent {
  readonly toldBy: FactSource;
  readonly timeMs: number;
  /** The account and Region that recorded it, for resources that are named without an ARN. */
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** The request, or the detail of a state change. A list of objects is read as one object. */
  readonly request: unknown;
  /** The response, if there is one. */
  readonly response?: unknown;
  /** The `resources` of the event. */
  readonly resourceArns?: readonly unknown[];
  readonly launcher?: ResourceFact['launcher'];
}

const maxNameLength = 256;
const maxArnLength = 2048;
const creationTime = at('creationTime');

/** The facts in an event; none if it names no resource, because no use could be joined to it. */
export function factsOfResource(kind: ResourceKind, event: ResourceEvent): readonly JobFact[] {
  const arn = arnOf(kind, event);
  if (arn === undefined) {
    return [];
  }
  const name = nameOf(kind, event, arn);
  const common = { accountId: arn.accountId, region: arn.region, timeMs: event.timeMs };
  switch (kind.factKind) {
    case 'resource':
      return [{ kind: 'resource', ...common, ...resourceMembers(kind, event, arn, name) }];
    case 'model':
      return [{ kind: 'model', ...common, name, ...modelMembers(kind, event) }];
    case 'endpoint-config':
      return [{ kind: 'endpoint-config', ...common, name, ...endpointConfigMembers(kind, event) }];
    default:
      return kind.factKind satisfies never;
  }
}

function resourceMembers(
  kind: ResourceKind,
  event: ResourceEvent,
  arn: ResourceArn,
  name: string,
): Omit<ResourceFact, 'kind' | 'accountId' | 'region' | 'timeMs'> {
  const { request, toldBy } = event;
  const roles = rolesAt(request, kind.roles);
  const [roleArn, ...moreRoleArns] = roles ?? [];
  const isStateChange = toldBy === 'state-change';
  return present({
    arn: arn.arn,
    type: kind.type,
    name,
    toldBy,
    status: isStateChange ? textAt(request, kind.status ?? [], maxNameLength) : undefined,
    createdMs: isStateChange ? timeAt(request, creationTime) : undefined,
    startedMs: isStateChange ? timeAt(request, kind.started) : undefined,
    endedMs: isStateChange ? timeAt(request, kind.ended) : undefined,
    roleArn,
    moreRoleArns: moreRoleArns.length === 0 ? undefined : moreRoleArns,
    launcher: event.launcher,
    inputs: locationsAt(request, kind.inputs),
    outputs: outputsAt(request, kind),
    checkpoints: locationsAt(request, kind.checkpoints),
    maxRuntimeSeconds: longestAt(request, kind.maxRuntime),
    maxPendingSeconds: longestAt(request, kind.maxPending),
    ...keysAt(request, kind),
    instanceTypes: textsAt(request, kind.instanceTypes ?? [], maxNameLength),
    hasVolume: valuesAt(request, kind.volumes ?? []).some((value) => value !== false)
      ? (true as const)
      : undefined,
    parents: parentsOf(kind, event, arn),
    models: namesAt(request, kind.models),
    endpointConfig: textAt(request, kind.endpointConfig ?? [], maxNameLength),
  });
}

function modelMembers(kind: ResourceKind, event: ResourceEvent) {
  const { request, toldBy } = event;
  return present({
    createdMs: definedMs(event),
    roleArn: rolesAt(request, kind.roles)?.[0],
    artifacts: locationsAt(request, kind.inputs),
    isDeleted: isDeletion(toldBy),
  });
}

function endpointConfigMembers(kind: ResourceKind, event: ResourceEvent) {
  const { request, toldBy } = event;
  return present({
    createdMs: definedMs(event),
    roleArn: rolesAt(request, kind.roles)?.[0],
    models: namesAt(request, kind.models),
    ...keysAt(request, kind),
    outputs: locationsAt(request, kind.outputs),
    instanceTypes: textsAt(request, kind.instanceTypes ?? [], maxNameLength),
    isDeleted: isDeletion(toldBy),
  });
}

function definedMs({ request, toldBy, timeMs }: ResourceEvent): number | undefined {
  switch (toldBy) {
    case 'create':
    case 'service-event':
      return timeMs;
    case 'state-change':
      return timeAt(request, creationTime);
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

/** The ARN of the resource: in the response, the request or the event's `resources`, else built from the name. */
function arnOf(kind: ResourceKind, event: ResourceEvent): ResourceArn | undefined {
  const written = [
    ...valuesAt([event.response, event.request].flat(), kind.arn),
    ...(event.resourceArns ?? []),
    // Some APIs accept an ARN as the name.
    ...valuesAt(event.request, kind.name),
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
    textAt([event.request, event.response].flat(), paths, maxNameLength),
  );
  return parts.length === 0 || parts.includes(undefined)
    ? undefined
    : resourceArnFor(kind.type, parts.join('/'), event.accountId, event.region);
}

function isOfKind(arn: ResourceArn, kind: ResourceKind): boolean {
  const isOfType = arn.type === (kind.arnType ?? kind.type) || (kind.oddTypes?.includes(arn.type) ?? false);
  return isOfType && (kind.arnHas === undefined || arn.path.includes(kind.arnHas));
}

/** The name in the request, because the ARNs of some resources have it in lower case. */
function nameOf(kind: ResourceKind, event: ResourceEvent, arn: ResourceArn): string {
  const name = textAt(event.request, kind.name, maxNameLength);
  return name === undefined || name.startsWith('arn:') ? arn.path.slice(arn.path.lastIndexOf('/') + 1) : name;
}

function parentsOf(
  kind: ResourceKind,
  { request, response }: ResourceEvent,
  arn: ResourceArn,
): readonly string[] | undefined {
  const parents = new Set<string>();
  for (const value of valuesAt([request, response].flat(), kind.parents ?? [])) {
    const parent = resourceArnOf(value);
    if (parent !== undefined) {
      parents.add(parent.arn);
    }
  }
  for (const { type, name } of kind.parentNames ?? []) {
    const path = textAt(request, name, maxNameLength);
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

function rolesAt(request: unknown, paths: readonly MemberPath[] | undefined): readonly string[] | undefined {
  const roles = textsAt(request, paths ?? [], maxArnLength)?.filter(
    (arn) => kindOfIdentityArn(arn) === 'role',
  );
  return roles === undefined || roles.length === 0 ? undefined : roles;
}

function keysAt(request: unknown, kind: ResourceKind) {
  return {
    volumeKeys: textsAt(request, kind.volumeKeys ?? [], maxArnLength),
    outputKeys: textsAt(request, kind.outputKeys ?? [], maxArnLength),
    dataKeys: textsAt(request, kind.dataKeys ?? [], maxArnLength),
  };
}

/** Names of models and configurations. Some members accept an ARN, which ends in the name. */
function namesAt(request: unknown, paths: readonly MemberPath[] | undefined): readonly string[] | undefined {
  return textsAt(request, paths ?? [], maxNameLength)?.map((name) => resourceArnOf(name)?.path ?? name);
}

function locationsAt(
  request: unknown,
  paths: readonly MemberPath[] | undefined,
): readonly S3Location[] | undefined {
  const locations = (textsAt(request, paths ?? [], maxS3UriLength) ?? []).flatMap(
    (uri) => s3LocationOf(uri) ?? [],
  );
  return locations.length === 0 ? undefined : locations;
}

function outputsAt(request: unknown, kind: ResourceKind): readonly S3Location[] | undefined {
  const isWithoutName = valuesAt(request, kind.withoutName ?? []).some((value) => value === true);
  const below = (locationsAt(request, kind.outputsBelowName) ?? []).map((location) =>
    isWithoutName ? location : { ...location, belowJobName: true as const },
  );
  const outputs = [...below, ...(locationsAt(request, kind.outputs) ?? [])];
  return outputs.length === 0 ? undefined : outputs;
}

function timeAt(request: unknown, paths: readonly MemberPath[] | undefined): number | undefined {
  for (const value of valuesAt(request, paths ?? [])) {
    const timeMs = resourceTimeMs(value);
    if (timeMs !== undefined) {
      return timeMs;
    }
  }
  return undefined;
}

/** SageMaker lets no job run or wait for a year, so a longer time is invalid. */
const yearSeconds = 366 * 86_400;

function longestAt(request: unknown, paths: readonly MemberPath[] | undefined): number | undefined {
  let longest: number | undefined;
  for (const value of valuesAt(request, paths ?? [])) {
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

/** Drops undefined members, because facts are compared by their JSON. */
function present<Value extends object>(value: Value): Present<Value> {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as Present<Value>;
}
