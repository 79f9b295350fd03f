import * as fc from 'fast-check';
import type { Json } from './json.ts';
import { ACCOUNTS, KEYS, type Key, partition, REGIONS } from './universe.ts';

/** What happens to one alias. Whoever learns of it only sees what `seen` says. */
interface AliasChange {
  readonly atSeconds: number;
  readonly account: string;
  readonly region: string;
  readonly alias: string;
  readonly operation: 'CreateAlias' | 'UpdateAlias' | 'DeleteAlias';
  /** The key it means after a create or an update, or meant before a delete. */
  readonly key: Key;
  readonly seen: boolean;
  readonly form: number;
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** Mostly one and the same, so that events meet. */
export const aPlace: fc.Arbitrary<Place> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ account: '111122223333', region: 'us-east-1' }) },
  {
    weight: 1,
    arbitrary: fc.record({ account: fc.constantFrom(...ACCOUNTS), region: fc.constantFrom(...REGIONS) }),
  },
);

export const aChangingAlias = fc.constantFrom('alias/data', 'alias/data', 'alias/models', 'alias/aws/ssm');
/** Means its place's first key, always. */
export const STEADY_ALIAS = 'alias/shared';

export function keysAt(account: string, region: string): readonly Key[] {
  return KEYS.filter((key) => key.account === account && key.region === region);
}

export function aliasArn(account: string, region: string, alias: string): string {
  return `arn:${partition(region)}:kms:${region}:${account}:${alias}`;
}

/** The truth about aliases, which a record may tell and a test never reads. */
export class AliasHistory {
  readonly changes: readonly AliasChange[];
  readonly #bornLate: boolean;

  constructor(changes: readonly AliasChange[], bornLate: boolean) {
    this.changes = changes;
    this.#bornLate = bornLate;
  }

  keyAt(atSeconds: number, account: string, region: string, alias: string): Key | undefined {
    const own = this.changes.filter(
      (change) => change.account === account && change.region === region && change.alias === alias,
    );
    const last = own.filter((change) => change.atSeconds <= atSeconds).at(-1);
    if (last !== undefined) return last.operation === 'DeleteAlias' ? undefined : last.key;
    return initialKey(account, region, alias, this.#bornLate && own.length > 0);
  }
}

function initialKey(account: string, region: string, alias: string, bornLate: boolean): Key | undefined {
  return bornLate && alias !== STEADY_ALIAS ? undefined : keysAt(account, region)[0];
}

/**
 * Changes at odd seconds, everything else being at even ones: what an alias meant is then never a matter of
 * two events of one second, which no reader could put in order.
 */
export const anAliasHistory: fc.Arbitrary<AliasHistory> = fc
  .record({
    bornLate: fc.boolean(),
    steps: fc.array(
      fc.record({
        halfSeconds: fc.integer({ min: -43_200, max: 43_200 }),
        place: aPlace,
        alias: aChangingAlias,
        target: fc.constantFrom(0, 1, 2, undefined),
        seen: fc.boolean(),
        form: fc.nat(5),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ bornLate, steps }) => {
    const meaning = new Map<string, Key | undefined>();
    const changes: AliasChange[] = [];
    for (const step of steps.toSorted((one, other) => one.halfSeconds - other.halfSeconds)) {
      const { alias, form } = step;
      const { account, region } = step.place;
      const place = `${account} ${region} ${alias}`;
      const first = !meaning.has(place);
      const before = first ? initialKey(account, region, alias, bornLate) : meaning.get(place);
      const after = step.target === undefined ? undefined : keysAt(account, region)[step.target];
      const key = after ?? before;
      const atSeconds = step.halfSeconds * 2 + 1;
      const taken = changes.some((change) => change.atSeconds === atSeconds);
      if (key === undefined || taken) continue;
      const operation =
        after === undefined ? 'DeleteAlias' : before === undefined ? 'CreateAlias' : 'UpdateAlias';
      // Of a new life after a deletion the start is seen: else a later use would seem to be of the old one.
      const seen = step.seen || (operation === 'CreateAlias' && !first);
      changes.push({ atSeconds, account, region, alias, operation, key, seen, form });
      meaning.set(place, after);
    }
    return new AliasHistory(changes, bornLate);
  });

/** The members of the record by which CloudTrail tells of a change. */
export function recordOfChange(change: AliasChange): Json {
  const { account, region, alias, operation, key, form } = change;
  const aliasEntry = { accountId: account, type: 'AWS::KMS::Key', ARN: aliasArn(account, region, alias) };
  const keyEntry = { accountId: account, ARN: key.arn };
  const entries = form % 2 === 0 ? [keyEntry, aliasEntry] : [aliasEntry, keyEntry];
  if (operation === 'DeleteAlias') {
    // Some delete records name the alias only.
    return {
      requestParameters: { aliasName: alias },
      resources: form === 5 ? [aliasEntry] : entries,
    };
  }
  const targetKeyId = form < 3 ? key.arn : key.id;
  return {
    requestParameters: { aliasName: alias, targetKeyId },
    ...(form === 4 ? {} : { resources: entries }),
    ...(form === 2 ? { responseElements: { keyId: key.arn } } : {}),
  };
}
