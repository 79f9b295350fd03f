import { boundedText, type CutMembers } from './bounded-text.ts';
import { carriedEvents, NEEDED_EVENTS } from './carried-events.ts';
import type { CloudTrailRecord } from './cloud-trail-record.ts';
import type { EventId, PrincipalType } from './identity.ts';
import { isObject, type Members, objectIn, textIn } from './json-members.ts';
import { principalOf } from './principal.ts';
import { type Quarantined, quarantined } from './quarantined.ts';
import { recordHeading } from './record-heading.ts';
import { selectorsInRequest } from './selectors-in-request.ts';

/** What was done to a trail, or to a rule that Keytrail hears by. */
export interface SourceChange {
  readonly eventId: EventId;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly eventName: string;
  readonly source: 'trail' | 'rule';
  /** As the request has it: a name, of trails also an ARN. */
  readonly name: string;
  readonly accountId?: string;
  readonly region?: string;
  /** As of `principal` in a row. */
  readonly principalId?: string;
  readonly principalType: PrincipalType;
  /** Present where it was refused or failed, and so changed nothing. */
  readonly errorCode?: string;
  /**
   * What it does to the watching, as far as the request tells:
   * - `stops`: something that Keytrail lives on comes by this way no more.
   * - `starts`: a trail logs again.
   * - `changes`: neither, or it cannot be told.
   */
  readonly effect: 'stops' | 'starts' | 'changes';
  /** Members cut at 4 KB. */
  readonly truncated?: readonly string[];
}

type Request = Members<
  | 'advancedEventSelectors'
  | 'eventPattern'
  | 'eventSelectors'
  | 'name'
  | 'rule'
  | 'scheduleExpression'
  | 'state'
  | 'trailName'
>;

type Effect = SourceChange['effect'];

/** Whoever deploys Keytrail names its rules so: deploy/event-rules.yml, deploy/spoke.yml. */
const RULE_PREFIX = 'keytrail-';

/** The state of a rule in which it hears Read events too. */
const HEARS_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** The calls that are kept, by their sources. */
export const CHANGES_KEPT: ReadonlyMap<
  string,
  ReadonlyMap<string, Effect | ((request: Request) => Effect)>
> = new Map([
  [
    'cloudtrail.amazonaws.com',
    new Map<string, Effect | ((request: Request) => Effect)>([
      ['CreateTrail', 'changes'],
      ['DeleteTrail', 'stops'],
      ['PutEventSelectors', effectOfSelectors],
      ['StartLogging', 'starts'],
      ['StopLogging', 'stops'],
      ['UpdateTrail', 'changes'],
    ]),
  ],
  [
    'events.amazonaws.com',
    new Map<string, Effect | ((request: Request) => Effect)>([
      ['DeleteRule', 'stops'],
      ['DisableRule', 'stops'],
      // Whether it hears Read events then is not said.
      ['EnableRule', 'changes'],
      ['PutRule', effectOfRule],
      ['PutTargets', 'changes'],
      ['RemoveTargets', 'stops'],
    ]),
  ],
]);

/**
 * What a record tells of a change to a trail, or to a rule of Keytrail's; undefined where it tells of none. Whether
 * another trail or rule carries the same all the while is not for one record to say.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
 */
export function sourceChangeOf(
  record: CloudTrailRecord,
  eventSource: string,
): SourceChange | Quarantined | undefined {
  const eventName = textIn(record.eventName);
  const effect = CHANGES_KEPT.get(eventSource)?.get(eventName ?? '');
  if (eventName === undefined || effect === undefined) return undefined;
  const request: Request = objectIn(record.requestParameters) ?? {};
  const source = eventSource === 'cloudtrail.amazonaws.com' ? 'trail' : 'rule';
  const cut: CutMembers = { names: undefined };
  const name = boundedText(request.name ?? request.trailName ?? request.rule, 'name', cut);
  if (name === undefined || (source === 'rule' && !name.startsWith(RULE_PREFIX))) return undefined;
  const heading = recordHeading(record);
  if ('kind' in heading) return quarantined(heading.code, heading.reason, false);
  const accountId = textIn(record.recipientAccountId);
  const region = textIn(record.awsRegion);
  const errorCode = boundedText(record.errorCode, 'errorCode', cut);
  const principal = principalOf(objectIn(record.userIdentity), region, cut);
  return {
    eventId: heading.eventId,
    timeMs: heading.eventTimeMs,
    eventName,
    source,
    name,
    ...(accountId === undefined ? {} : { accountId }),
    ...(region === undefined ? {} : { region }),
    ...(principal.id === undefined ? {} : { principalId: principal.id }),
    principalType: principal.type,
    ...(errorCode === undefined ? {} : { errorCode }),
    effect: typeof effect === 'function' ? effect(request) : effect,
    ...(cut.names === undefined ? {} : { truncated: cut.names }),
  };
}

/** Whether something that Keytrail lives on came by a trail or a rule no more, once this was done. */
export function stopsWatching({ effect, errorCode }: SourceChange): boolean {
  return effect === 'stops' && errorCode === undefined;
}

/** A trail that leaves some management events out by further fields leaves some that are needed out, perhaps. */
function effectOfSelectors(request: Request): Effect {
  const selectors = selectorsInRequest(request);
  if (selectors === undefined) return 'changes';
  const { kinds } = carriedEvents(selectors);
  return NEEDED_EVENTS.every((kind) => kinds.has(kind)) ? 'changes' : 'stops';
}

/**
 * Most uses of keys are Read events, which a rule that is only `ENABLED` does not get; that is also what a rule is
 * put as where its state is left out.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
function effectOfRule({ state, eventPattern }: Request): Effect {
  if (state === 'DISABLED') return 'stops';
  return state !== HEARS_READS && waitsForCalls(eventPattern) ? 'stops' : 'changes';
}

/** Whether a rule's pattern waits for calls as CloudTrail records them; its schedules and others do not. */
function waitsForCalls(eventPattern: unknown): boolean {
  const pattern = objectIn<'detail-type'>(eventPattern);
  const types = isObject<'detail-type'>(pattern) ? pattern['detail-type'] : undefined;
  return (
    Array.isArray(types) && types.some((type) => typeof type === 'string' && type.endsWith(' via CloudTrail'))
  );
}
