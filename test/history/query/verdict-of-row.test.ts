import { expect, test } from 'vitest';
import { compileExpectations } from '../../../src/expectations/compile-expectations.ts';
import type { UsageRow } from '../../../src/history/query/questions.ts';
import { verdictOfRow } from '../../../src/history/query/verdict-of-row.ts';
import { account, anExpectation, keyArn, roleArn } from '../../expectations/an-expectation.ts';

const row: UsageRow = {
  eventId: 'abcde202-ba1a-467c-b4ba-f729d45ae521',
  eventTime: '2026-03-02T10:00:00Z',
  keyArn,
  operation: 'Decrypt',
  category: 'cryptographic',
  outcome: 'success',
  principal: { type: 'role', id: roleArn, accountId: account },
  attribution: { status: 'none', jobs: [], reasons: ['no job is known'] },
};

test('a row is judged by its time and by the job that it lists', () => {
  const judge = compileExpectations([
    anExpectation({ only: { jobs: true }, expires: '2026-03-02T10:00:01Z' }),
  ]);
  const job = { arn: 'arn:aws:sagemaker:us-west-2:1:training-job/x', type: 'training-job', reasons: [] };
  expect(verdictOfRow(judge, row)).toEqual({ expected: 'no', jobOnly: 'refuted' });
  const joined: UsageRow = { ...row, attribution: { status: 'exact', jobs: [job] } };
  expect(verdictOfRow(judge, joined)).toEqual({ expected: 'yes', expectation: 'training' });
  expect(verdictOfRow(judge, { ...joined, eventTime: '2026-03-02T10:00:01Z' })).toEqual({
    expected: 'no',
  });
});

test('a row without a key has no rule', () => {
  const { keyArn: _, ...keyless } = row;
  expect(verdictOfRow(compileExpectations([anExpectation()]), keyless)).toEqual({ expected: 'no-rule' });
});
