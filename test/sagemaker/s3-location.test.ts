import { expect, test } from 'vitest';
import { s3LocationOf } from '../../src/sagemaker/s3-location.ts';

test.each<[string, string | undefined, string?]>([
  ['s3://bucket/a/b', 'bucket', 'a/b'],
  ['s3://bucket/a/b/', 'bucket', 'a/b'],
  ['s3://bucket//a//', 'bucket', 'a'],
  ['s3://bucket/', 'bucket', ''],
  ['s3://bucket', 'bucket', ''],
  ['s3://bucket/a b/ü?x#y', 'bucket', 'a b/ü?x#y'],
  ['https://bucket.s3.amazonaws.com/a/b', 'bucket', 'a/b'],
  ['https://my.bucket.s3.eu-west-1.amazonaws.com/a', 'my.bucket', 'a'],
  ['https://bucket.s3-us-west-2.amazonaws.com/a', 'bucket', 'a'],
  ['https://s3.us-west-2.amazonaws.com/bucket/a', 'bucket', 'a'],
  ['https://s3.cn-north-1.amazonaws.com.cn/bucket/a', 'bucket', 'a'],
  ['https://s3.amazonaws.com/bucket', 'bucket', ''],
  ['https://bucket.s3.eusc-de-east-1.amazonaws.eu/m/model.tar.gz', 'bucket', 'm/model.tar.gz'],
  ['https://bucket.s3.us-iso-east-1.c2s.ic.gov/a', 'bucket', 'a'],
  ['https://s3.us-isob-east-1.sc2s.sgov.gov/bucket/a', 'bucket', 'a'],
  ['https://bucket.s3.eu-isoe-west-1.cloud.adc-e.uk/a', 'bucket', 'a'],
  ['https://s3.us-isof-south-1.csp.hci.ic.gov/bucket/a', 'bucket', 'a'],
  ['https://bucket.s3.eu-west-1.amazonaws.example/a', undefined],
  ['https://example.org/bucket/a', undefined],
  ['https://bucket.s3.amazonaws.com.example.org/a', undefined],
  ['http://bucket.s3.amazonaws.com/a', undefined],
  ['s3://', undefined],
  ['s3:///a', undefined],
  ['s3://a b/c', undefined],
  ['s3://arn:aws:s3:us-west-2:111122223333:accesspoint/x/a', undefined],
  ['S3Uri', undefined],
  ['', undefined],
])('%s is in bucket %s', (uri, bucket, prefix) => {
  expect(s3LocationOf(uri)).toEqual(bucket === undefined ? undefined : { bucket, prefix });
});

test('hostile names and long runs take no long time', () => {
  const startedAt = performance.now();
  for (const run of ['-', '.', '.-', '-a', '.s3', '.s3-'].map((part) => part.repeat(500))) {
    expect(s3LocationOf(`https://s3${run}!/x`)).toBeUndefined();
    expect(s3LocationOf(`https://bucket.s3${run}!/x`)).toBeUndefined();
  }
  expect(s3LocationOf(`s3://bucket/${'/'.repeat(100_000)}`)).toEqual({ bucket: 'bucket', prefix: '' });
  expect(performance.now() - startedAt).toBeLessThan(2000);
});
