import { describe, expect, test } from 'vitest';
import { placeOfPath } from '../../src/cloudtrail/record-place.ts';
import { feedWhole } from '../../src/ingest/feed-log-bytes.ts';
import { LogFileReader } from '../../src/ingest/log-file-reader.ts';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { account, aDecrypt, otherAccount } from '../builders/cloud-trail-record.ts';
import { readAt } from '../builders/read-at.ts';
import { aSageMakerRecord, aTrainingRequest, sageMakerArn } from '../builders/sagemaker-record.ts';

const REGION = 'us-west-2';

test.each<[string, string | undefined, string?]>([
  [`AWSLogs/${account}/CloudTrail/${REGION}/2026/03/01/a.json.gz`, account, REGION],
  [`s3://b/p/AWSLogs/o-a1b2c3/${account}/CloudTrail/${REGION}/2026/03/01/a.json.gz`, account, REGION],
  [`/x/AWSLogs/${account}/CloudTrail-NetworkActivity/${REGION}/2026/a.json`, account, REGION],
  [
    ['C:', 'x', 'AWSLogs', account, 'CloudTrail', 'eu-west-1', '2026', 'a.json'].join('\\'),
    account,
    'eu-west-1',
  ],
  [`AWSLogs/${account}/Config/${REGION}/a.json`, undefined],
  [`AWSLogs/CloudTrail/${REGION}/a.json`, undefined],
  [`xAWSLogs/${account}/CloudTrail/${REGION}/a.json`, undefined],
  [`${account}_CloudTrail_${REGION}_20260301T1005Z_a.json.gz`, undefined],
])('%s is of %s', (path, accountId, region) => {
  expect(placeOfPath(path)).toEqual(accountId === undefined ? undefined : { accountId, region });
});

async function read(path: string, value: unknown) {
  const gatherer = new RecordGatherer(new Uint8Array(32), readAt);
  await new LogFileReader(gatherer).read(path, (_, sink) =>
    feedWhole(Buffer.from(JSON.stringify(value)), sink),
  );
  const { counts } = gatherer;
  return { counts, refused: gatherer.finish().quarantined };
}

const within = (accountId: string, region: string) =>
  `AWSLogs/${accountId}/CloudTrail/${region}/2026/03/01/a.json`;
const envelope = (members: object, detail: object) => ({
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.kms',
  detail,
  ...members,
});

describe('a record', () => {
  const training = aSageMakerRecord('CreateTrainingJob', {
    requestParameters: aTrainingRequest(),
    responseElements: { trainingJobArn: sageMakerArn('training-job/train-1') },
  });

  test.each<[string, string, object]>([
    ['below the folder of its account and Region', within(account, REGION), aDecrypt()],
    ['that lies anywhere', 'logs/a.json', aDecrypt()],
    [
      'in a file that is called after another account',
      `${otherAccount}_CloudTrail_eu-west-1_x.json`,
      aDecrypt(),
    ],
    [
      'that says no account and Region',
      within(otherAccount, 'eu-west-1'),
      aDecrypt({ recipientAccountId: undefined, awsRegion: undefined }),
    ],
    ['in an envelope of its own', 'a.ndjson', envelope({ account, region: REGION }, aDecrypt())],
    ['in an envelope that says nothing', 'a.ndjson', envelope({}, aDecrypt())],
    ['of a job', within(account, REGION), training],
  ])('%s is taken', async (_, path, value) => {
    const { refused, counts } = await read(path, value);
    expect({ refused, records: counts.kmsEvents + counts.jobEvents }).toEqual({ refused: [], records: 1 });
  });

  test.each<[string, string, object]>([
    ['below the folder of another account', within(otherAccount, REGION), aDecrypt()],
    ['below the folder of another Region', within(account, 'eu-west-1'), aDecrypt()],
    ['in an envelope of another account', 'a.ndjson', envelope({ account: otherAccount }, aDecrypt())],
    ['in an envelope of another Region', 'a.ndjson', envelope({ account, region: 'eu-west-1' }, aDecrypt())],
    [
      'in an envelope below the folder of another account',
      within(otherAccount, REGION),
      envelope({ account }, aDecrypt()),
    ],
    [
      'of LookupEvents below the folder of another account',
      within(otherAccount, REGION),
      { CloudTrailEvent: JSON.stringify(aDecrypt()) },
    ],
    [
      'in a wrapper below the folder of another account',
      within(otherAccount, REGION),
      { message: JSON.stringify(aDecrypt()) },
    ],
  ])('%s is quarantined with its bytes', async (_, path, value) => {
    const { refused, counts } = await read(path, value);
    expect(refused).toMatchObject([{ code: 'contradicts-place', isKms: true, bytes: expect.anything() }]);
    expect(counts).toMatchObject({ records: 1, kmsEvents: 1 });
  });

  test('of a job below the folder of another account is no job of that account', async () => {
    const { refused } = await read(within(otherAccount, REGION), training);
    expect(refused).toMatchObject([{ code: 'contradicts-place' }]);
    expect(refused[0]).not.toHaveProperty('bytes');
  });

  test('of another service is none of Keytrail’s business wherever it lies', async () => {
    const { refused, counts } = await read(
      within(otherAccount, REGION),
      aDecrypt({ eventSource: 's3.amazonaws.com' }),
    );
    expect({ refused, others: counts.otherRecords }).toEqual({ refused: [], others: 1 });
  });
});
