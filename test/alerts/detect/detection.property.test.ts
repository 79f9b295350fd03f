import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { sweep } from '../../../src/history/seal/sweep.ts';
import {
  aCreateGrant,
  account,
  aDecrypt,
  aKmsRecord,
  aResource,
  aRole,
  aUser,
  keyArn,
  otherAccount,
  otherKeyArn,
} from '../../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, aTrainingStateChange } from '../../builders/sagemaker-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { aPlantedFault, MortalTable, untilDone } from '../../table/mortal-table.ts';
import { aJudge } from './a-judge.ts';
import { detect, openAlerts, preview, streamingDetector, usesOf } from './detections.ts';

const RUNS = process.env['KEYTRAIL_FUZZ_RUNS'];
const TIMEOUT_MS = 60_000 + 1_000 * Number(RUNS ?? 0);

const START_MS = Date.parse('2026-02-27T00:00:00Z');
/** The end of the last of three days, so that the last day's uses are recent. */
const NOW = '2026-03-02T00:40:00Z';
/** No expectation changes what this rule finds, so previews leave it out. */
const OF_JOBS = 'job-not-encrypted-with-customer-key';
const MINUTES = 3 * 24 * 60;

const callers = [
  aUser(),
  aRole(),
  aUser({ type: 'Root', arn: `arn:aws:iam::${account}:root`, userName: undefined }),
  aRole({
    arn: `arn:aws:sts::${otherAccount}:assumed-role/Partner/x`,
    accountId: otherAccount,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        arn: `arn:aws:iam::${otherAccount}:role/Partner`,
        accountId: otherAccount,
      },
    },
  }),
];

interface Incident {
  readonly minute: number;
  readonly caller: number;
  readonly key: string;
  readonly what: string;
  readonly count: number;
}

const anIncident: fc.Arbitrary<Incident> = fc.record({
  minute: fc.oneof(fc.nat(MINUTES - 1), fc.constantFrom(1435, 1438, 2875, 2879, 4300)),
  caller: fc.nat(callers.length - 1),
  key: fc.constantFrom(keyArn, otherKeyArn),
  what: fc.constantFrom(
    ...['use', 'use', 'use', 'denied', 'denied', 'look', 'grant', 'policy', 'disable', 'job', 'job state'],
  ),
  count: fc.oneof(fc.constant(1), fc.integer({ min: 8, max: 14 })),
});

const timeOf = (ms: number) => new Date(ms).toISOString().replace('.000', '');

/** Records of one thing that happened; a count makes several a minute apart. */
function recordsOf({ minute, caller, key, what, count }: Incident, number: number): unknown[] {
  return Array.from({ length: count }, (_, nth) => {
    const ms = START_MS + minute * 60_000 + nth * 45_000;
    const common = {
      by: callers[caller],
      eventTime: timeOf(ms),
      eventID: `00000000-0000-4000-8000-${String(number * 100 + nth).padStart(12, '0')}`,
      resources: [aResource(key)],
    };
    switch (what) {
      case 'denied':
        return aDecrypt({ ...common, errorCode: 'AccessDenied' });
      case 'look':
        return aKmsRecord('DescribeKey', common);
      case 'grant':
        return aCreateGrant({
          ...common,
          requestParameters: {
            keyId: key,
            granteePrincipal: `arn:aws:iam::${account}:user/Alice`,
            operations: ['Decrypt'],
          },
        });
      case 'policy':
        return aKmsRecord('PutKeyPolicy', common);
      case 'disable':
        return aKmsRecord('DisableKey', common);
      case 'job':
        return aCreateTrainingJob({ eventTime: timeOf(ms), eventID: common.eventID }, `train-${number % 3}`);
      case 'job state':
        return aTrainingStateChange(
          { TrainingEndTime: ms + 600_000, CreationTime: ms },
          { time: timeOf(ms) },
        );
      default:
        return aDecrypt(common);
    }
  });
}

const aStep = fc.record({
  place: fc.nat(1_000_000),
  isTwice: fc.boolean(),
  after: fc.constantFrom(
    '',
    'raise',
    'detect',
    'raise and detect',
    'seal',
    'raise, seal and detect',
    'sweep',
  ),
});

describe('alerts', () => {
  it(
    'end as one detection over the whole history leaves them, whatever came when and whatever failed',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anIncident, { minLength: 1, maxLength: 14 }),
          fc.array(aStep, { maxLength: 8 }),
          fc.array(aPlantedFault(), { maxLength: 8 }),
          fc.boolean(),
          async (story, steps, faults, isExpected) => {
            const by = {
              now: NOW,
              closesAll: true,
              judge: aJudge(isExpected ? { [otherKeyArn]: [`arn:aws:iam::${account}:user/Alice`] } : {}),
            };
            const records = story.flatMap(recordsOf);
            const whole = new MemoryTable();
            await append(whole, records, 'me');
            await sealAll(whole, 'me', 'test');
            await detect(whole, by);

            // A preview of the current expectations gives the alerts that are open.
            const { fired } = await preview(whole, by);
            const ofUses = (await openAlerts(whole)).filter(({ rule }) => rule !== OF_JOBS);
            expect(fired.map(({ title, count }) => `${title} ${count}`).sort()).toEqual(
              ofUses.map(({ title, count }) => `${title} ${count}`).sort(),
            );

            const memory = new MemoryTable();
            const table = new MortalTable(memory, faults);
            const cuts = [...steps.map(({ place }) => place % (records.length + 1)), records.length].sort(
              (a, b) => a - b,
            );
            const shuffled = records.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length);
            let from = 0;
            for (const [index, to] of cuts.entries()) {
              const { isTwice = false, after = '' } = steps[index] ?? {};
              const batch = shuffled.slice(isTwice ? Math.max(0, from - 3) : from, to);
              from = to;
              await untilDone(table, (alive) => append(alive, batch, 'me', String(index)));
              if (after.includes('raise')) {
                // The detection finds what fails here.
                await streamingDetector(table, by)
                  .raise(usesOf(batch))
                  .catch(() => table.revive());
                table.revive();
              }
              if (after.includes('seal')) await untilDone(table, (alive) => sealAll(alive, 'me', 'test'));
              if (after.includes('sweep')) await untilDone(table, (alive) => sweep(alive));
              if (after.includes('detect')) await untilDone(table, (alive) => detect(alive, by));
            }
            await untilDone(table, (alive) => sealAll(alive, 'me', 'test'));
            await untilDone(table, (alive) => detect(alive, by));
            expect(await openAlerts(memory)).toEqual(await openAlerts(whole));
            for (const { changes } of await listAlerts(memory)) {
              expect(changes.map(({ number }) => number)).toEqual(changes.map((_, place) => place + 1));
            }
          },
        ),
        { numRuns: Number(RUNS ?? 40), interruptAfterTimeLimit: TIMEOUT_MS - 20_000 },
      );
    },
    TIMEOUT_MS,
  );
});
