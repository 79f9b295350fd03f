import { describe, expect, test } from 'vitest';
import { evidenceOf } from '../../../src/alerts/alert.ts';
import { listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { sealAll } from '../../../src/history/seal/seal-day.ts';
import { account, aDecrypt, aRole, aUser, keyArn } from '../../builders/cloud-trail-record.ts';
import {
  aCreateTrainingJob,
  aTrainingStateChange,
  createdMs,
  executionRole,
} from '../../builders/sagemaker-record.ts';
import { append } from '../../history/delivered-records.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { aJudge } from './a-judge.ts';
import { detect, openRules, streamingDetector, usesOf } from './detections.ts';

const alice = `arn:aws:iam::${account}:user/Alice`;
const trainer = `arn:aws:iam::${account}:role/service-role/Trainer`;
let number = 0;
const id = () => `00000000-0000-4000-8000-${String(number++).padStart(12, '0')}`;
const at = (eventTime: string) => ({ eventTime, eventID: id() });
const byExecution = aRole({
  arn: `arn:aws:sts::${account}:assumed-role/Execution/SageMaker`,
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: executionRole, accountId: account },
    attributes: { creationDate: '2026-03-03T09:00:00Z' },
  },
});

async function aTable(...records: readonly object[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  await append(table, records, 'me');
  return table;
}

describe('a job whose records come late', () => {
  const use = aDecrypt({ by: byExecution, ...at('2026-03-03T10:20:00Z') });
  const earlier = aCreateTrainingJob({ eventTime: '2026-03-01T10:00:00Z' }, 'train-0');
  const ended = aTrainingStateChange({
    TrainingJobName: 'train-0',
    TrainingJobArn: `arn:aws:sagemaker:us-west-2:${account}:training-job/train-0`,
    CreationTime: createdMs,
  });
  const late = aCreateTrainingJob({ eventTime: '2026-03-03T10:10:00Z', eventID: id() }, 'train-late');

  test('is waited for, missed, and resolves the alert when it comes', async () => {
    const table = await aTable(earlier, ended, use);
    await detect(table, { now: '2026-03-03T10:49:00Z' });
    expect(await openRules(table)).toEqual([]);
    // Half an hour after the use, by a detection every ten minutes: 45 minutes at most.
    await detect(table, { now: '2026-03-03T10:59:00Z' });
    expect(await openRules(table)).toEqual(['use-without-job']);
    await append(table, [late], 'me', 'late');
    await detect(table, { now: '2026-03-03T11:09:00Z' });
    expect(await listAlerts(table)).toMatchObject([{ rule: 'use-without-job', state: 'resolved' }]);
  });
});

describe('a role whose job becomes known late', () => {
  test('is a role of jobs on other days, too', async () => {
    const use = aDecrypt({ by: byExecution, ...at('2026-03-03T20:20:00Z') });
    const job = aCreateTrainingJob({ eventTime: '2026-03-01T10:00:00Z', eventID: id() }, 'train-early');
    const ended = aTrainingStateChange({
      TrainingJobName: 'train-early',
      TrainingJobArn: `arn:aws:sagemaker:us-west-2:${account}:training-job/train-early`,
      CreationTime: Date.parse('2026-03-01T10:00:00Z'),
      TrainingEndTime: Date.parse('2026-03-01T11:00:00Z'),
    });
    const table = await aTable(use);
    await sealAll(table, 'me', 'test');
    await detect(table);
    expect(await openRules(table)).toEqual([]);
    await append(table, [job, ended], 'me', 'late');
    await sealAll(table, 'me', 'test');
    await detect(table);
    expect(await openRules(table)).toEqual(['use-without-job']);
  });
});

describe('a job without a key', () => {
  const startMs = Date.parse('2026-02-27T00:00:00Z');
  const aStateChange = (minute: number, nth: number) => {
    const ms = startMs + minute * 60_000 + nth * 45_000;
    const time = new Date(ms).toISOString().replace('.000', '');
    return aTrainingStateChange({ TrainingEndTime: ms + 600_000, CreationTime: ms }, { time });
  };

  test('is an alert of the days on which it was created, as is known in the end', async () => {
    const table = await aTable(aStateChange(2_875, 0));
    const daysOf = async () => (await listAlerts(table)).map(({ days }) => Object.keys(days).sort());
    await detect(table);
    expect(await daysOf()).toEqual([['2026-02-28']]);
    // Another run, of another day; and of this one that it was created after midnight.
    const later = Array.from({ length: 8 }, (_, nth) => [
      aStateChange(2_875, nth),
      aStateChange(0, nth),
    ]).flat();
    await append(table, later, 'me', 'later');
    await detect(table);
    expect(await daysOf()).toEqual([['2026-02-27', '2026-03-01']]);
  });
});

describe('what is expected', () => {
  test('resolves an alert, and opens it again when it is not expected any more', async () => {
    const table = await aTable(aDecrypt(at('2026-03-03T10:00:00Z')));
    const now = '2026-03-03T12:00:00Z';
    const states = async (allowed: readonly string[]) => {
      await detect(table, { now, judge: aJudge({ [keyArn]: allowed }) });
      return (await listAlerts(table)).map(
        ({ rule, state, changes }) => `${rule} ${state} ${changes.length}`,
      );
    };
    expect(await states([trainer])).toEqual(['unexpected-principal open 1']);
    expect(await states([trainer])).toEqual(['unexpected-principal open 1']);
    expect(await states([trainer, alice])).toEqual(['unexpected-principal resolved 2']);
    expect(await states([trainer])).toEqual(['unexpected-principal open 3']);
  });
});

describe('a detection', () => {
  test('writes nothing about alerts where nothing has changed', async () => {
    const table = await aTable(
      aDecrypt({
        by: aUser({ type: 'Root', arn: `arn:aws:iam::${account}:root` }),
        ...at('2026-03-03T10:00:00Z'),
      }),
    );
    await detect(table);
    const written: string[] = [];
    table.onWrite = ({ pk }) => {
      written.push(pk);
      return { isApplied: true, isReported: false };
    };
    await detect(table);
    expect(written).toEqual([]);
  });

  test('counts exactly what the streaming detector only saw', async () => {
    const records = Array.from({ length: 30 }, (_, nth) =>
      aDecrypt({
        by: aUser({ type: 'Root', arn: `arn:aws:iam::${account}:root` }),
        ...at(`2026-03-03T10:${nth + 10}:00Z`),
      }),
    );
    const table = await aTable(...records);
    const now = '2026-03-03T12:00:00Z';
    for (const use of usesOf([...records, ...records.slice(0, 5)]))
      await streamingDetector(table, { now }).raise([use]);
    expect((await listAlerts(table)).map(({ deliveries }) => deliveries.length)).toEqual([1]);
    await detect(table, { now });
    const [alert, ...others] = await listAlerts(table);
    expect(others).toEqual([]);
    expect(evidenceOf(alert?.days ?? {})).toMatchObject({ count: 30 });
    expect(alert?.changes).toHaveLength(1);
  });
});

describe('a principal', () => {
  test('is new on a key once, whichever function sees it first', async () => {
    const first = aDecrypt({ by: aRole(), ...at('2026-03-01T08:00:00Z') });
    const later = ['a', 'b'].map(() => aDecrypt(at('2026-03-17T10:00:00Z')));
    const table = await aTable(first, ...later);
    const now = '2026-03-17T10:05:00Z';
    await streamingDetector(table, { now: '2026-03-01T08:01:00Z' }).raise(usesOf([first]));
    await Promise.all(usesOf(later).map((use) => streamingDetector(table, { now }).raise([use])));
    await detect(table, { now });
    const found = (await listAlerts(table)).filter(({ rule }) => rule === 'first-seen-principal');
    expect(found.map(({ subject, days }) => [subject.principalId, evidenceOf(days)?.count])).toEqual([
      [alice, 2],
    ]);
    expect(table.items.get(`seen#${keyArn}`)?.size).toBe(2);
  });

  test.each(['detection', 'the streaming detector'])(
    'whose first use arrives a day late pages nobody, until its next use joins the alert: by %s',
    async (by) => {
      const known = aDecrypt({ by: aRole(), ...at('2026-03-01T08:00:00Z') });
      const late = aDecrypt(at('2026-03-17T10:00:00Z'));
      const table = await aTable(known, late);
      const deliveries = async () =>
        (await listAlerts(table))
          .filter(({ rule }) => rule === 'first-seen-principal')
          .map((alert) => alert.deliveries.length);
      await detect(table, { now: '2026-03-18T12:00:00Z' });
      expect(await deliveries()).toEqual([0]);
      const next = aDecrypt(at('2026-03-18T12:30:00Z'));
      await append(table, [next], 'me');
      const now = '2026-03-18T12:31:00Z';
      if (by === 'detection') await detect(table, { now });
      else await streamingDetector(table, { now }).raise(usesOf([next]));
      expect(await deliveries()).toEqual([1]);
    },
  );
});
