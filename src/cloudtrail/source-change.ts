import { boundedText, type CutMembers } from './bounded-text.ts';
import { carriedEvents, NEEDED_EVENTS } from './carried-events.ts';
import type { CloudTrailRecord } from './cloud-trail-record.ts';
import type { EventId, PrincipalType } from './identity.ts';
import { isObject, type Members, objectIn, textIn } from './json-members.ts';
import { principalOf } from './principal.ts';
import { type Quarantined, quarantined } from './quarantined.ts';
import { recordHeading } from './record-heading.ts';
import { selectorsInRequest } from './selectors-in-request.ts';

/** A change to a trail, or to an EventBridge rule that delivers to Keytrail. */
export interface SourceChange {
  readonly eventId: EventId;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly eventName: string;
  readonly source: 'trail' | 'rule';
  /** As in the request: a name, or the ARN of a trail. */
  readonly name: string;
  readonly accountId?: string;
  readonly region?: string;
  /** `principal.id` as in a row. */
  readonly principalId?: string;
  readonly principalType: PrincipalType;
  /** Present if the call failed, and so changed nothing. */
  readonly errorCode?: string;
  /**
   * What it does to the delivery of events, as far as the request shows:
   * - `stops`: some events that Keytrail needs no longer arrive from this source.
   * - `starts`: a trail logs again.
   * - `changes`: neither, or it is unknown.
   */
  readonly effect: 'stops' | 'starts' | 'changes';
  /** Names of the members that were cut at 4 KB. */
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

/** The prefix of Keytrail's rules: deploy/event-rules.yml, deploy/spoke.yml. */
const RULE_PREFIX = 'keytrail-';

/** The state of a rule that receives Read events too. */
const RECEIVES_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** The calls that are kept, by event source. */
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
      // The request does not say whether the rule then receives Read events.
      ['EnableRule', 'changes'],
      ['PutRule', effectOfRule],
      ['PutTargets', 'changes'],
      ['RemoveTargets', 'stops'],
    ]),
  ],
]);

/**
 * The change to a trail, or to a rule of Keytrail's, in a record; undefined if it has none. One record cannot show whether
 * another trail or rule delivers the same events meanwhile.
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

/** Whether the change stopped events that Keytrail needs. */
export function stopsWatching({ effect, errorCode }: SourceChange): boolean {
  return effect === 'stops' && errorCode === undefined;
}

/** A trail that filters management events by further fields may drop needed ones, so it counts as stopped. */
function effectOfSelectors(request: Request): Effect {
  const selectors = selectorsInRequest(request);
  if (selectors === undefined) return 'changes';
  const { kinds } = carriedEvents(selectors);
  return NEEDED_EVENTS.every((kind) => kinds.has(kind)) ? 'changes' : 'stops';
}

/**
 * Most uses of keys are Read events. A rule in the state `ENABLED`, which is also the default, does not receive them.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
function effectOfRule({ state, eventPattern }: Request): Effect {
  if (state === 'DISABLED') return 'stops';
  return state !== RECEIVES_READS && matchesCalls(eventPattern) ? 'stops' : 'changes';
}

/** Whether a rule's pattern matches calls that CloudTrail recorded. Schedules and other rules do not. */
function matchesCalls(eventPattern: unknown): boolean {
  const pattern = objectIn<'detail-type'>(eventPattern);
  const types = isObject<'detail-type'>(pattern) ? pattern['detail-type'] : undefined;
  return (
    Array.isArray(types) && types.some((type) => typeof type === 'string' && type.endsWith(' via CloudTrail'))
  );
}
