import { describe, expect, it } from 'vitest';
import type { Attribution } from '../../src/history/facts/judgement-text.ts';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { account, aKmsRecord } from '../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, executionRole, sageMakerArn } from '../builders/sagemaker-record.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, everyRow } from './delivered-records.ts';

/** A session of the role that the builders' jobs have. */
function ofExecution(accessKeyId: string): object {
  return {
    type: 'AssumedRole',
    principalId: 'AROAEXECUTION:SageMaker',
    arn: `arn:aws:sts::${account}:assumed-role/Execution/SageMaker`,
    accountId: account,
    accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: executionRole, accountId: account, userName: 'Execution' },
      attributes: { creationDate: '2026-03-01T10:01:00Z' },
    },
  };
}

/** What the role's session does to an object, at a time of the day. */
function anObjectUse(operation: string, time: string, object: string, overrides: object = {}): object {
  return aKmsRecord(operation, {
    by: ofExecution('ASIAIOSFODNN7EXAMPLE'),
    eventTime: `2026-03-01T${time}Z`,
    eventID: guid('joined in parts', operation, time),
    requestParameters: { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${object}` } },
    ...overrides,
  });
}

const aJob = (name: string, time = '10:00:00') =>
  aCreateTrainingJob({ eventTime: `2026-03-01T${time}Z`, eventID: guid('joined in parts', name) }, name);

async function attributionsOf(batches: readonly (readonly object[])[]): Promise<Map<string, Attribution>> {
  const table = new MemoryTable();
  for (const batch of batches) {
    await append(table, batch, 'me');
    await sealAll(table, 'me', 'test');
  }
  const rows = await everyRow(new History(table));
  return new Map(rows.map(({ eventId, attribution }) => [eventId, attribution]));
}

describe('a use whose day is sealed hour by hour', () => {
  it.each([
    {
      what: 'its session turns out to be a person’s',
      batches: [
        [aJob('train-1'), anObjectUse('Decrypt', '10:30:00', 'input/data/part-1')],
        [anObjectUse('Decrypt', '11:05:00', 'input/data/part-2', { userAgent: 'aws-cli/2.15 Python/3.11' })],
      ],
    },
    {
      what: 'its key turns out to be used by one of two jobs',
      batches: [
        [
          aJob('train-1'),
          aJob('train-2'),
          anObjectUse('Decrypt', '10:30:00', 'elsewhere/part-1', { by: ofExecution('ASIAIOSFODNN7EXAMPL2') }),
        ],
        [anObjectUse('GenerateDataKey', '11:00:00', 'out/models/train-1/output/model.tar.gz')],
      ],
    },
    {
      what: 'a job comes late whose session a use shows that names another resource',
      batches: [
        [
          anObjectUse('GenerateDataKey', '10:30:00', 'out/models/train-1/output/model.tar.gz', {
            by: {
              ...ofExecution('ASIAIOSFODNN7EXAMPLE'),
              inScopeOf: { sourceArn: sageMakerArn('training-job/another') },
            },
          }),
        ],
        [anObjectUse('Decrypt', '11:00:00', 'elsewhere/part-1')],
        [aJob('train-2')],
        [aJob('train-1')],
      ],
    },
  ])('is judged by the whole day where $what', async ({ batches }) => {
    expect(await attributionsOf(batches)).toEqual(await attributionsOf([batches.flat()]));
  });
});
