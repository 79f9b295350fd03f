import {
  type AliasHistory,
  aliasArn,
  keysAt,
  type Place,
  recordOfChange,
  STEADY_ALIAS,
} from './alias-history.ts';
import {
  broken,
  denied,
  entryOf,
  grant,
  keyless,
  management,
  otherRecord,
  serviceEvent,
} from './event-bodies.ts';
import type { Circumstance, Draft, KeyNaming, Subject, SubjectOf, TIME_FORMS } from './event-draft.ts';
import { type Json, objectIn, textIn, without } from './json.ts';
import { ACCOUNTS, CALLERS, type CallerKind, guid, type Key } from './universe.ts';

const MIDNIGHT_SECONDS = Date.parse('2026-03-02T00:00:00Z') / 1000;

function timeText(atSeconds: number, form: (typeof TIME_FORMS)[number]): string {
  const plain = new Date((MIDNIGHT_SECONDS + atSeconds) * 1000).toISOString().slice(0, 19);
  switch (form) {
    case 'Z':
      return `${plain}Z`;
    case 'z':
      return `${plain}z`;
    case 'space':
      return `${plain.replace('T', ' ')}.000000000`;
    case 'milliseconds':
      return `${plain}.250Z`;
    default:
      return form satisfies never;
  }
}

/** A record and whether versions of it may lack members. */
interface Made {
  readonly record: Json;
  readonly mayLose: boolean;
}

/** One set's worth of making: ids are its own, and an event is superseded once at most. */
export class Maker {
  readonly #salt: number;
  readonly #aliases: AliasHistory;
  /** The ids of each event so far: more than one where several accounts logged it. */
  readonly #eventIds: string[][] = [];
  readonly #superseded = new Set<readonly string[]>();

  constructor(salt: number, aliases: AliasHistory) {
    this.#salt = salt;
    this.#aliases = aliases;
  }

  makeChanges(): Json[] {
    return this.#aliases.changes
      .filter(({ seen }) => seen)
      .map((change, index) => ({
        ...this.#frame(`alias ${index}`, change, change.atSeconds, 'Z', 'user'),
        eventName: change.operation,
        readOnly: false,
        ...recordOfChange(change),
      }));
  }

  make({ circumstance, subject }: Draft, index: number): Made[] {
    const made = this.#makeOne(circumstance, subject, index);
    this.#eventIds.push(made.map(({ record }) => textIn(record, 'eventID') ?? '').filter((id) => id !== ''));
    return made;
  }

  #frame(
    name: string | number,
    place: Place,
    atSeconds: number,
    timeForm: Circumstance['timeForm'],
    caller: CallerKind,
  ): Json {
    return {
      eventVersion: '1.11',
      userIdentity: CALLERS[caller](place.account, place.region),
      eventTime: timeText(atSeconds, timeForm),
      eventSource: 'kms.amazonaws.com',
      awsRegion: place.region,
      sourceIPAddress: '192.0.2.7',
      userAgent: 'aws-sdk-go/1.44 (linux; amd64)',
      requestParameters: null,
      responseElements: null,
      requestID: guid('request', this.#salt, name),
      eventID: guid('event', this.#salt, name),
      readOnly: true,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: place.account,
      eventCategory: 'Management',
    };
  }

  #makeOne(circumstance: Circumstance, subject: Subject, index: number): Made[] {
    const { place, atSeconds, timeForm, keyStore } = circumstance;
    const key = keysAt(place.account, place.region)[circumstance.keyIndex] as Key;
    const base: Json = {
      ...this.#frame(index, place, atSeconds, timeForm, callerOf(circumstance, subject)),
      ...(circumstance.viaEndpoint ? { vpcEndpointId: 'vpce-1234abcdf5678c90a' } : {}),
      ...(keyStore === undefined
        ? {}
        : { additionalEventData: { ...keyStore, keyMaterialId: guid('material', circumstance.keyIndex) } }),
    };
    const one = (members: Json, mayLose = true): Made[] => [{ record: { ...base, ...members }, mayLose }];
    switch (subject.kind) {
      case 'use':
        return one(this.#use(circumstance, subject, key));
      case 'denied':
        return one(denied(subject, key, textIn(objectIn(base, 'userIdentity'), 'arn') ?? 'anonymous'));
      case 'keyless':
        return one(keyless(subject.operation));
      case 're-encrypt':
        return one(this.#reEncrypt(circumstance, subject));
      case 'grant':
        return one(grant(subject, key, circumstance.context, keyStore));
      case 'management':
        return one(management(subject, key));
      case 'service event':
        return one({
          ...serviceEvent(subject, key),
          userIdentity: CALLERS.kms(place.account),
        });
      case 'cross-account':
        return this.#crossAccount(base, circumstance, subject, index);
      case 'addendum':
        return one({
          eventName: subject.operation,
          resources: [entryOf(key)],
          addendum: this.#addendum(subject, index),
        });
      case 'other':
        return [{ record: otherRecord(subject.what, base, place), mayLose: false }];
      case 'broken':
        return [
          {
            record: broken({ ...base, eventName: 'Decrypt', resources: [entryOf(key)] }, subject.how),
            mayLose: false,
          },
        ];
      default:
        return subject satisfies never;
    }
  }

  /** What the event calls its key, and the key, which an alias may have lost by then. */
  #named(circumstance: Circumstance, naming: KeyNaming, named: Key): { said?: string; key?: Key } {
    const { place, alias, atSeconds } = circumstance;
    switch (naming) {
      case 'unnamed':
        return { key: named };
      case 'arn':
        return { said: named.arn, key: named };
      case 'id':
        return { said: named.id, key: named };
      case 'alias':
      case 'alias ARN': {
        const meant = this.#aliases.keyAt(atSeconds, place.account, place.region, alias);
        const said = naming === 'alias' ? alias : aliasArn(place.account, place.region, alias);
        return meant === undefined ? { said } : { said, key: meant };
      }
      default:
        return naming satisfies never;
    }
  }

  #use(circumstance: Circumstance, subject: SubjectOf<'use'>, named: Key): Json {
    const { said, key } = this.#named(circumstance, subject.naming, named);
    const errorCode = key === undefined ? 'NotFoundException' : subject.errorCode;
    const { context } = circumstance;
    const request = {
      ...(said === undefined ? {} : { keyId: said }),
      ...(context === undefined ? {} : { encryptionContext: context }),
    };
    return {
      eventName: subject.operation,
      requestParameters: Object.keys(request).length === 0 ? null : request,
      ...(key !== undefined && (subject.resources || said === undefined)
        ? { resources: [entryOf(key)] }
        : {}),
      ...(errorCode === undefined ? {} : { errorCode, errorMessage: 'The request failed.' }),
    };
  }

  #reEncrypt(circumstance: Circumstance, subject: SubjectOf<'re-encrypt'>): Json {
    const { place, context, keyIndex } = circumstance;
    const keys = keysAt(place.account, place.region);
    const source = this.#named(circumstance, subject.sourceNaming, keys[keyIndex] as Key);
    // Where the record lists the source's key only, the destination has one of its own.
    const step =
      subject.resources === 'source' && subject.destinationStep === 0 ? 1 : subject.destinationStep;
    const destination = this.#named(
      circumstance,
      subject.destinationNaming,
      keys[(keyIndex + step) % 3] as Key,
    );
    if (subject.denied && subject.resources === 'none') {
      return { eventName: 'ReEncrypt', errorCode: 'AccessDenied', resources: [] };
    }
    const listed =
      source.key === undefined ? 'none' : destination.key === undefined ? 'source' : subject.resources;
    const sameKey = source.key === destination.key;
    const entries = [source.key, destination.key].flatMap((key) => (key === undefined ? [] : [entryOf(key)]));
    const { contexts } = subject;
    return {
      eventName: 'ReEncrypt',
      requestParameters: {
        ...(source.said === undefined ? {} : { sourceKeyId: source.said }),
        ...(destination.said === undefined ? {} : { destinationKeyId: destination.said }),
        ...(context !== undefined && (contexts === 'both' || contexts === 'source')
          ? { sourceEncryptionContext: context }
          : {}),
        ...(contexts === 'both' || contexts === 'destination'
          ? { destinationEncryptionContext: { Level: '3A' } }
          : {}),
        sourceAAD: 'SampleSourceAAAD',
      },
      ...(listed === 'both' ? { resources: entries } : {}),
      ...(listed === 'source' && !sameKey ? { resources: entries.slice(0, 1) } : {}),
    };
  }

  #addendum(subject: SubjectOf<'addendum'>, index: number): Json {
    if (subject.reason !== 'UPDATED_DATA') return { reason: subject.reason };
    const free = this.#eventIds.filter((ids) => ids.length > 0 && !this.#superseded.has(ids));
    const ids = free[subject.original % (free.length + 1)] ?? [];
    this.#superseded.add(ids);
    const originalEventID = ids[subject.original % ids.length] ?? guid('never delivered', this.#salt, index);
    return {
      reason: subject.reason,
      updatedFields: 'responseElements',
      originalRequestID: 'r',
      originalEventID,
    };
  }

  #crossAccount(
    base: Json,
    circumstance: Circumstance,
    subject: SubjectOf<'cross-account'>,
    index: number,
  ): Made[] {
    const { place, atSeconds, timeForm, context } = circumstance;
    const at = ACCOUNTS.indexOf(place.account);
    const owners = subject.owners.map((step) => ACCOUNTS[(at + step) % ACCOUNTS.length] as string);
    const involved = subject.operation === 'ReEncrypt' ? owners : owners.slice(0, 1);
    const keys = involved.map((owner) => keysAt(owner, place.region)[0] as Key);
    const [first, last] = [keys[0] as Key, keys.at(-1) as Key];
    const said = (key: Key) => (subject.byAlias ? aliasArn(key.account, key.region, STEADY_ALIAS) : key.arn);
    const identity = CALLERS[subject.caller](place.account, place.region);
    const sharedEventID = guid('shared', index, textIn(base, 'eventID') ?? '');
    const whole: Json = {
      ...base,
      userIdentity: identity,
      eventName: subject.operation,
      requestParameters:
        subject.operation === 'ReEncrypt'
          ? { destinationKeyId: said(last), destinationEncryptionContext: { Level: '3A' } }
          : {
              keyId: said(first),
              ...(subject.operation === 'CreateGrant' ? { granteePrincipal: textIn(identity, 'arn') } : {}),
              ...(context === undefined ? {} : { encryptionContext: context }),
            },
      ...(subject.operation === 'CreateGrant'
        ? { responseElements: { grantId: guid('grant', index), keyId: first.arn } }
        : {}),
      resources: subject.operation === 'ReEncrypt' ? [entryOf(first), entryOf(last)] : [entryOf(first)],
      sharedEventID,
    };
    // On its own it keeps the key: an alias of another account could not be looked up.
    const callerLacks = subject.callerLacks.filter(
      (name) => name !== 'resources' || subject.copiesIn === 'all',
    );
    const callers: Made = { record: without(whole, callerLacks), mayLose: false };
    const ownersCopies = involved.map((owner, number): Made => {
      const copy = {
        ...whole,
        eventID: guid('copy', number, textIn(base, 'eventID') ?? ''),
        eventTime: timeText(atSeconds + subject.secondsLater, timeForm),
        userIdentity: {
          type: 'AWSAccount',
          principalId: textIn(identity, 'principalId'),
          accountId: place.account,
        },
        recipientAccountId: owner,
      };
      return { record: without(copy, subject.ownerLacks), mayLose: false };
    });
    switch (subject.copiesIn) {
      case 'all':
        return [callers, ...ownersCopies];
      case 'caller':
        return [callers];
      case 'owner':
        return ownersCopies.slice(0, 1);
      default:
        return subject.copiesIn satisfies never;
    }
  }
}

/** Who is in another account names a key by its ARN, or the record would not say which is meant. */
function callerOf({ caller }: Circumstance, subject: Subject): CallerKind {
  const byArn = subject.kind === 'use' && (subject.naming === 'arn' || subject.naming === 'unnamed');
  return caller === 'foreignAccount' && !byArn ? 'account' : caller;
}
