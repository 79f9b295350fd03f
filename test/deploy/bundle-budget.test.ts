import { describe, expect, test } from 'vitest';
import { budgetFaults } from '../../deploy/bundle-budget.ts';

describe('the budget of bundles is a ratchet', () => {
  test.each([
    ['a bundle of its budget passes', { api: 400 }, { api: 400 }, []],
    ['one up to 5 % smaller passes', { api: 380 }, { api: 400 }, []],
    [
      'one that has grown fails',
      { api: 401 },
      { api: 400 },
      ['api has 401 KB, more than its budget of 400 KB'],
    ],
    [
      'one that has shrunk fails until the budget is lowered',
      { api: 379 },
      { api: 400 },
      ['api has 379 KB only; lower its budget of 400 KB'],
    ],
    ['a handler without a budget fails', { api: 1 }, {}, ['api has 1 KB and no budget']],
    ['a budget without a handler fails', {}, { api: 1 }, ['api has a budget and is no handler']],
  ])('%s', (_sentence, sizes, budget, faults) => {
    expect(budgetFaults(sizes, budget)).toEqual(faults);
  });
});
