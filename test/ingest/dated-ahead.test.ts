import { describe, expect, test } from 'vitest';
import { RecordGatherer } from '../../src/ingest/record-gatherer.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { aSageMakerRecord, aTrainingRequest, sageMakerArn } from '../builders/sagemaker-record.ts';

const READ = Date.parse('2026-03-01T10:00:00Z');
const gatherer = () => new RecordGatherer(new Uint8Array(32), () => READ);

const aTrainingJob = (eventTime: string) =>
  aSageMakerRecord('CreateTrainingJob', {
    eventTime,
    requestParameters: aTrainingRequest(),
    responseElements: { trainingJobArn: sageMakerArn('training-job/train-1') },
  });
const aStateChange = (time: string) => ({
  'detail-type': 'SageMaker Training Job State Change',
  account: '111122223333',
  region: 'us-west-2',
  time,
  detail: { TrainingJobArn: sageMakerArn('training-job/train-1'), TrainingJobStatus: 'Completed' },
});
const aStopOfATrail = (eventTime: string) =>
  aDecrypt({
    eventSource: 'cloudtrail.amazonaws.com',
    eventName: 'StopLogging',
    requestParameters: { name: 'trail' },
    eventTime,
  });

describe('what is dated ahead of the time at which it is read', () => {
  test.each<[string, (time: string) => object, boolean]>([
    ['a use of a key', (eventTime) => aDecrypt({ eventTime }), true],
    ['a call of SageMaker', aTrainingJob, false],
    ['a state change', aStateChange, false],
    ['a change of a trail', aStopOfATrail, false],
  ])('%s is taken up to a day, and quarantined beyond it', (_, record, isKms) => {
    for (const time of ['1999-01-01T00:00:00Z', '2026-03-02T10:00:00Z', '2026-03-02T18:00:00+09:00']) {
      expect(gatherer().take(record(time))).toEqual([]);
    }
    for (const time of ['2026-03-02T10:00:01Z', '2026-03-02T10:00:00-00:01', '2099-12-31T23:59:59Z']) {
      const some = gatherer();
      expect(some.take(record(time))).toMatchObject([{ code: 'bad-event-time', isKms }]);
      const { segments, jobFacts, sourceChanges } = some.finish();
      expect({ segments, jobFacts, sourceChanges }).toEqual({
        segments: [],
        jobFacts: [],
        sourceChanges: [],
      });
    }
  });

  test('is taken when it is retried later', () => {
    let nowMs = READ;
    const some = new RecordGatherer(new Uint8Array(32), () => nowMs);
    const record = aDecrypt({ eventTime: '2026-03-04T10:00:00Z' });
    expect(some.take(record)).toHaveLength(1);
    nowMs += 3 * 86_400_000;
    expect(some.take(record)).toEqual([]);
  });
});
