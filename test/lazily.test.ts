import { expect, test } from 'vitest';
import { lazily } from '../src/lazily.ts';

test('builds on the first call, once for all callers', async () => {
  let builds = 0;
  const value = lazily(async () => ++builds);
  expect(builds).toBe(0);
  expect(await Promise.all([value(), value()])).toEqual([1, 1]);
  expect(await value()).toBe(1);
});

test('forgets a failed build, so that the next call builds again', async () => {
  let builds = 0;
  const value = lazily(async () => {
    builds++;
    if (builds === 1) throw new Error('refused');
    return builds;
  });
  const failed = await Promise.allSettled([value(), value()]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await value()).toBe(2);
});
