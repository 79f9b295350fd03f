import * as fc from 'fast-check';
import { anAliasHistory } from './alias-history.ts';
import { aDraft, CERTAIN_LOSSES, LOSSES, type Oddity } from './event-draft.ts';
import { isObject, type Json, objectIn, textIn, without } from './json.ts';
import { Maker } from './record-maker.ts';
import { guid } from './universe.ts';

function withoutPath(record: Json, [name = '', ...rest]: readonly string[]): Json {
  const member = record[name];
  if (rest.length === 0) return without(record, [name]);
  return isObject(member) ? { ...record, [name]: withoutPath(member, rest) } : record;
}

/** What logging pipelines and old versions of CloudTrail do to records. */
function madeOdd(record: Json, oddity: Oddity | undefined): Json {
  const { resources, additionalEventData } = record;
  const entries = Array.isArray(resources) ? resources.filter(isObject) : [];
  switch (oddity) {
    case undefined:
      return record;
    case 'lower-case arn':
      return Array.isArray(resources)
        ? { ...record, resources: entries.map(({ ARN, ...rest }) => ({ ...rest, arn: ARN })) }
        : record;
    case 'no resource type':
      return Array.isArray(resources)
        ? { ...record, resources: entries.map(({ ARN }) => ({ ARN, accountId: 'AWS Internal' })) }
        : record;
    case 'request "null"':
      return { ...record, requestParameters: 'null' };
    case 'response ""':
      return { ...record, responseElements: '' };
    case 'additional data as text':
      return additionalEventData === undefined
        ? record
        : { ...record, additionalEventData: JSON.stringify(additionalEventData) };
    case 'resources ""':
      return { ...record, resources: '' };
    case 'resources null':
      return { ...record, resources: null };
    case 'identity as text':
      return { ...record, userIdentity: 'null' };
    case 'no recipient': {
      // Who recorded it is then the caller's account, or is told by the key alone.
      const atHome =
        textIn(objectIn(record, 'userIdentity'), 'accountId') === textIn(record, 'recipientAccountId');
      return atHome || entries.length > 0 ? without(record, ['recipientAccountId']) : record;
    }
    case 'fields from the future':
      return {
        novelty: { depth: [1, { of: 'field' }] },
        ...record,
        tlsDetails: { keyExchange: 'X25519MLKEM768' },
      };
    default:
      return oddity satisfies never;
  }
}

function inEnvelope(record: Json): Json {
  const service = textIn(record, 'eventType') === 'AwsServiceEvent';
  return {
    version: '0',
    id: guid('envelope', textIn(record, 'eventID') ?? ''),
    'detail-type': service ? 'AWS Service Event via CloudTrail' : 'AWS API Call via CloudTrail',
    source: 'aws.kms',
    account: textIn(record, 'recipientAccountId') ?? '111122223333',
    time: '2026-03-02T00:00:00Z',
    region: textIn(record, 'awsRegion') ?? 'us-east-1',
    resources: [],
    detail: record,
  };
}

/**
 * Poorer versions of a record. Nested: each lacks all that the one before lacks, and more, so that there is
 * one that says most by any measure. Free: each lacks members of its own.
 */
function poorerVersions(record: Json, losses: readonly (readonly number[])[], nested: boolean): Json[] {
  const versions: Json[] = [];
  for (const [index, lost] of losses.entries()) {
    const from = nested ? (versions.at(-1) ?? record) : record;
    const paths = lost.flatMap((loss) => (LOSSES[loss] === undefined ? [] : [LOSSES[loss]]));
    versions.push(paths.reduce<Json>(withoutPath, without(from, [CERTAIN_LOSSES[index] ?? 'userAgent'])));
  }
  return versions;
}

export interface RecordSetOptions {
  /** At most this many events, alias changes aside. */
  readonly maxEvents?: number;
  /**
   * How versions of one event differ. `nested` (the default): one says most beyond dispute. `free`: compare
   * with `Oracle.acceptable`.
   */
  readonly versions?: 'nested' | 'free' | 'none';
}

/**
 * Sets of CloudTrail records and EventBridge envelopes of a small world, JSON through and through, in no
 * particular order: what one or several accounts' trails and rules may bring of two days.
 */
export function aRecordSet(options: RecordSetOptions = {}): fc.Arbitrary<Json[]> {
  const { maxEvents = 40, versions = 'nested' } = options;
  const drafts = fc.array(aDraft, {
    maxLength: maxEvents,
    size: 'max',
  });
  return fc.tuple(fc.nat(999), anAliasHistory, drafts).map(([salt, aliases, events]) => {
    const maker = new Maker(salt, aliases);
    const changes = maker.makeChanges();
    return [
      ...changes,
      ...events.flatMap((draft, index) => {
        const { oddity, losses, door, repeats } = draft.circumstance;
        return maker.make(draft, index).flatMap(({ record, mayLose }) => {
          const isRecord = record['detail-type'] === undefined;
          const whole = mayLose ? madeOdd(record, oddity) : record;
          const poorer =
            mayLose && versions !== 'none' ? poorerVersions(whole, losses, versions === 'nested') : [];
          const all = [whole, ...poorer, ...Array.from({ length: repeats }, () => whole)];
          if (!isRecord || door === 'log') return all;
          return door === 'envelope' ? all.map(inEnvelope) : [...all, inEnvelope(whole)];
        });
      }),
    ];
  });
}

/** The same records in any order, some of them again, in batches: every record comes at least once. */
export function aDelivery<T>(records: readonly T[]): fc.Arbitrary<T[][]> {
  const indices = [...records.keys()];
  const last = Math.max(0, records.length - 1);
  return fc
    .record({
      order: fc.shuffledSubarray(indices, { minLength: indices.length, maxLength: indices.length }),
      again: fc.array(fc.tuple(fc.nat(last), fc.nat(last)), { maxLength: records.length === 0 ? 0 : 5 }),
      cuts: fc.array(fc.nat(records.length), { maxLength: 4 }),
    })
    .map(({ order, again, cuts }) => {
      const sequence = [...order];
      for (const [index, place] of again) sequence.splice(place, 0, index);
      const ends = [...cuts.toSorted((one, other) => one - other), sequence.length];
      return ends
        .map((end, batch) => sequence.slice(batch === 0 ? 0 : ends[batch - 1], end))
        .filter((batch) => batch.length > 0)
        .map((batch) => batch.flatMap((index) => records.slice(index, index + 1)));
    });
}

/** A set of records and two ways in which it may be delivered. */
export function aSetAndDeliveries(
  options: RecordSetOptions = {},
): fc.Arbitrary<{ records: Json[]; one: Json[][]; other: Json[][] }> {
  return aRecordSet(options).chain((records) =>
    fc.record({ records: fc.constant(records), one: aDelivery(records), other: aDelivery(records) }),
  );
}
