import { describe, expect, it } from 'vitest';
import type { Attribution } from '../../src/history/facts/judgement-text.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { sweep } from '../../src/history/seal/sweep.ts';
import type { Table } from '../../src/table/table.ts';
import { account, aKmsRecord, aResource, otherKeyArn } from '../builders/cloud-trail-record.ts';
import {
  aCreateTrainingJob,
  aTrainingRequest,
  aTrainingStateChange,
  executionRole,
} from '../builders/sagemaker-record.ts';
import { someSchedules } from '../fuzz-runs.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, everyRow } from './delivered-records.ts';
import { interleave } from './interleaving.ts';
import { unreachedItems } from './unreached-items.ts';

const aUse = (time: string) =>
  aKmsRecord('Decrypt', {
    by: {
      type: 'AssumedRole',
      principalId: 'AROAEXECUTION:SageMaker',
      arn: `arn:aws:sts::${account}:assumed-role/Execution/SageMaker`,
      accountId: account,
      sessionContext: {
        sessionIssuer: { type: 'Role', arn: executionRole, accountId: account, userName: 'Execution' },
        attributes: { creationDate: '2026-03-01T10:01:00Z' },
      },
    },
    eventTime: `2026-03-01T${time}Z`,
    eventID: guid('joining', time),
    requestParameters: { encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::input/data/part-1' } },
  });

/** Created at ten, to run for a day at the most. */
const aJob = (name: string, volumeKey?: string) => {
  const request = aTrainingRequest(name);
  return aCreateTrainingJob({
    eventID: guid('joining', name),
    requestParameters: {
      ...request,
      stoppingCondition: { maxRuntimeInSeconds: 86_400 },
      ...(volumeKey === undefined
        ? {}
        : { outputDataConfig: { s3OutputPath: 's3://out/models', kmsKeyId: volumeKey } }),
    },
  });
};

/** It ended ten minutes after it was created. */
const anEnd = () => aTrainingStateChange({}, { id: guid('joining', 'end') });

const aPointing = (time: string) =>
  aKmsRecord('CreateAlias', {
    eventTime: `2026-03-01T${time}Z`,
    eventID: guid('joining alias', time),
    requestParameters: { aliasName: 'alias/one', targetKeyId: otherKeyArn },
    resources: [aResource(otherKeyArn)],
  });

interface Story {
  readonly what: string;
  /** Sealed before. */
  readonly before: readonly object[];
  /** Two append and seal at once. */
  readonly one: readonly object[];
  readonly other: readonly object[];
}

const STORIES: readonly Story[] = [
  {
    what: 'one has the uses and the other their job',
    before: [],
    one: [aUse('10:05:00'), aUse('13:00:00')],
    other: [aJob('train-1')],
  },
  {
    what: 'one has the uses and their job and the other its end',
    before: [],
    one: [aUse('10:05:00'), aUse('13:00:00'), aJob('train-1')],
    other: [anEnd()],
  },
  {
    what: 'one has more uses and their job and the other its end',
    before: [aUse('09:00:00'), aUse('10:02:00')],
    one: [aUse('10:05:00'), aUse('13:00:00'), aJob('train-1')],
    other: [anEnd(), aUse('13:30:00')],
  },
  {
    what: 'each has a job of the same uses',
    before: [aUse('10:05:00')],
    one: [aJob('train-1'), aUse('13:00:00')],
    other: [aJob('train-2'), aUse('10:06:00')],
  },
  {
    what: 'one has a job that calls its key by an alias and the other the alias',
    before: [aUse('10:05:00')],
    one: [aJob('train-1', 'alias/one'), aJob('train-2'), aUse('13:00:00')],
    other: [aPointing('09:00:00')],
  },
];

/** One actor stops after each number of requests, and the other goes on for a few, for some, or to its end. */
const STOPS = Array.from({ length: 30 }, (_, stop) => 2 * stop);
const LENGTHS = [3, 14, 1_000];
const SCHEDULES = someSchedules(STOPS.flatMap((stop) => LENGTHS.map((length) => ({ stop, length }))));

async function attributionsIn(table: Table): Promise<Map<string, Attribution>> {
  const rows = await everyRow(new History(table));
  expect(new Set(rows.map(({ eventId }) => eventId)).size).toBe(rows.length);
  return new Map(rows.map(({ eventId, attribution }) => [eventId, attribution]));
}

async function sealedAtOnce(records: readonly object[]): Promise<Map<string, Attribution>> {
  const table = new MemoryTable();
  await append(table, records, 'me');
  await sealAll(table, 'me', 'test');
  return attributionsIn(table);
}

describe.each(STORIES)('where $what', ({ before, one, other }) => {
  const records = [...before, ...one, ...other];
  const working = (some: readonly object[]) => async (table: Table) => {
    await append(table, some, 'me');
    await sealAll(table, 'me', 'test');
  };
  const reading = async (table: Table) => {
    await attributionsIn(table);
    await attributionsIn(table);
  };

  it.each([
    ['the one first', [working(one), working(other)]],
    ['the other first', [working(other), working(one)]],
    ['somebody reading', [working(one), working(other), reading]],
  ])(
    'all uses are judged by all there is, %s',
    async (_, actors) => {
      const expected = await sealedAtOnce(records);
      for (const { stop, length } of SCHEDULES) {
        const table = new MemoryTable();
        await append(table, before, 'me');
        await sealAll(table, 'me', 'test');
        const switches = [
          { after: stop, to: 1 },
          { after: length, to: 1 },
          { after: length, to: 1 },
        ];
        await interleave(table, switches, actors);
        await sealAll(table, 'me', 'test');
        await sweep(table);
        expect(await attributionsIn(table), `after ${stop} for ${length}`).toEqual(expected);
        expect(await unreachedItems(table)).toEqual([]);
      }
    },
    120_000,
  );
});
