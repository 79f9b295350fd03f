import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { type JoinAccount, makeJoinAccount } from './make-join-account.ts';
import { USE_CLASSES } from './use-truth.ts';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const minuteMs = 60_000;

function parsed(account: JoinAccount) {
  return account.records.map((record) => ({
    text: JSON.stringify(record),
    event: parseEvent(record, { hashAccessKey: (accessKeyId) => accessKeyId }),
  }));
}

describe('a synthetic account to judge the join by', () => {
  it('is the same for the same seed, and another for another', () => {
    const text = (seed: number) => JSON.stringify(makeJoinAccount(seed, 'small'));
    expect(text(3)).toBe(text(3));
    expect(text(4)).not.toBe(text(3));
  });

  it('is plain JSON', () => {
    const account = makeJoinAccount(5, 'small');
    expect(JSON.parse(JSON.stringify(account))).toStrictEqual(account);
  });

  it('has every class of use, over all', () => {
    const counts = new Map<string, number>(USE_CLASSES.map((useClass) => [useClass, 0]));
    for (const { class: useClass } of seeds.flatMap((seed) => makeJoinAccount(seed, 'small').truth)) {
      counts.set(useClass, (counts.get(useClass) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count === 0)).toEqual([]);
  });

  it('has no custom that all accounts share', () => {
    const customs = seeds.map((seed) => Object.entries(makeJoinAccount(seed, 'small').customs));
    const values = new Map<string, Set<unknown>>();
    for (const [name, value] of customs.flat()) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
    expect([...values].filter(([, { size }]) => size < 2)).toEqual([]);
  });

  it('has some 20,000 uses in a month, none of them in quarantine', () => {
    const account = makeJoinAccount(1, 'month');
    expect(account.truth.length).toBeGreaterThanOrEqual(20_000);
    expect(account.truth.length).toBeLessThan(30_000);
    expect(parsed(account).filter(({ event }) => event.kind === 'quarantine')).toEqual([]);
  });

  describe.each(seeds)('of seed %i', (seed) => {
    const account = makeJoinAccount(seed, 'small');
    const events = parsed(account);

    it('has nothing that ends in quarantine', () => {
      expect(events.filter(({ event }) => event.kind === 'quarantine')).toEqual([]);
    });

    it('tells the truth of every KMS event, once', () => {
      const told = account.truth.map(({ eventId }) => eventId);
      const delivered = new Set<string>(
        events.flatMap(({ event }) => (event.kind === 'key-use' ? [event.uses[0].eventId] : [])),
      );
      expect(new Set(told).size).toBe(told.length);
      expect([...delivered].sort()).toEqual(told.sort());
    });

    it('has the uses of a job within its life, give or take what SageMaker does before and after', () => {
      const times = new Map<string, number>();
      for (const { event } of events) {
        if (event.kind === 'key-use') {
          times.set(event.uses[0].eventId, event.uses[0].eventTimeMs);
        }
      }
      const runs = new Map(account.jobs.map((job) => [`${job.arn} ${job.createdTime}`, job]));
      const strays = account.truth.filter((truth) => {
        const run = runs.get(`${truth.jobArn} ${truth.jobCreatedTime}`);
        const atMs = times.get(truth.eventId) ?? Number.NaN;
        return !(
          truth.jobArn === null ||
          (run !== undefined &&
            atMs > Date.parse(run.createdTime) - minuteMs &&
            atMs < Date.parse(run.endedTime) + 15 * minuteMs)
        );
      });
      expect(strays).toEqual([]);
    });

    it('has no two runs of one name at one time', () => {
      const inOrder = account.jobs.toSorted((one, other) => one.createdTime.localeCompare(other.createdTime));
      const lastEnd = new Map<string, string>();
      for (const { arn, createdTime, endedTime } of inOrder) {
        expect(createdTime > (lastEnd.get(arn) ?? '')).toBe(true);
        lastEnd.set(arn, endedTime);
      }
    });

    it('calls a job known where a record or state change tells of it', () => {
      const told = events.flatMap(({ event, text }) => (event.kind === 'job-event' ? [text] : [])).join('\n');
      const known = new Set(account.jobs.filter(({ isKnown }) => isKnown).map(({ arn }) => arn));
      const wrong = account.jobs.filter(({ arn }) => known.has(arn) !== told.includes(`"${arn}"`));
      expect(wrong).toEqual([]);
    });
  });
});
