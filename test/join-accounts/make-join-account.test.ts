import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../src/cloudtrail/parse-event.ts';
import { makeJoinAccount } from './make-join-account.ts';
import { USE_CLASSES } from './use-truth.ts';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const options = { hashAccessKey: (accessKeyId: string) => accessKeyId };

function parsed(records: readonly unknown[]) {
  return records.map((record) => parseEvent(record, options));
}

function idsOfUses(records: readonly unknown[]): string[] {
  return parsed(records).flatMap((event) => (event.kind === 'key-use' ? [event.uses[0].eventId] : []));
}

describe('a synthetic account to judge the join by', () => {
  it('is the same for the same seed, and another for another', () => {
    const [one, again, other] = [
      makeJoinAccount(3, 'small'),
      makeJoinAccount(3, 'small'),
      makeJoinAccount(4, 'small'),
    ];
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
  });

  it('is JSON', () => {
    const { records, truth } = makeJoinAccount(5, 'small');
    expect(JSON.parse(JSON.stringify({ records, truth }))).toStrictEqual({ records, truth });
  });

  it.each(seeds)('has nothing that ends in quarantine (seed %i)', (seed) => {
    const { records } = makeJoinAccount(seed, 'small');
    expect(parsed(records).filter(({ kind }) => kind === 'quarantine')).toEqual([]);
  });

  it.each(seeds)('tells the truth of every KMS event once (seed %i)', (seed) => {
    const { records, truth } = makeJoinAccount(seed, 'small');
    const told = truth.map(({ eventId }) => eventId);
    expect(new Set(told).size).toBe(told.length);
    expect([...new Set(idsOfUses(records))].sort()).toEqual(told.sort());
  });

  it('has every class of use, over all', () => {
    const counts = new Map<string, number>(USE_CLASSES.map((useClass) => [useClass, 0]));
    for (const { truth } of seeds.map((seed) => makeJoinAccount(seed, 'small'))) {
      for (const { class: useClass } of truth) {
        counts.set(useClass, (counts.get(useClass) ?? 0) + 1);
      }
    }
    expect([...counts].filter(([, count]) => count === 0)).toEqual([]);
  });
});
