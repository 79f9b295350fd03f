import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/api/routes.ts';
import {
  addUsageFilterFlags,
  addUsageFlags,
  usageFilterOf,
  usageFlagsOf,
} from '../../src/cli/usage-filter-flags.ts';

function flags(...line: string[]) {
  return usageFlagsOf(addUsageFlags(new Command()).parse(line, { from: 'user' }).opts());
}

test('every filter of /v1/usage is a flag of the same name', () => {
  const names = addUsageFlags(new Command()).options.map((option) => option.attributeName());
  const parameters = ROUTES.find((route) => route.path === '/v1/usage')?.parameters ?? [];
  expect(names.toSorted()).toEqual(
    parameters
      .map((parameter) => parameter.name)
      .filter((name) => name !== 'cursor')
      .toSorted(),
  );
});

test('nothing said is no filter, oldest first, every row', () => {
  expect(flags()).toEqual({ filter: {}, order: 'asc' });
});

test('flags are read as the API reads its query', () => {
  const line = '--key alias/a --key alias/b --outcome denied --from 2026-03-01 --to 2026-03-02T00:00:00Z';
  expect(flags(...line.split(' '), '--order', 'desc', '--limit', '5000')).toEqual({
    filter: {
      key: ['alias/a', 'alias/b'],
      outcome: ['denied'],
      fromMs: Date.parse('2026-03-01T00:00:00Z'),
      toMs: Date.parse('2026-03-02T00:00:00Z'),
    },
    order: 'desc',
    limit: 5000,
  });
});

describe('a bad flag is bad usage and is named', () => {
  test.each([
    [['--category', 'foo'], '--category must be one of cryptographic, grant, management.'],
    [['--key', ''], '--key must not be empty'],
    [['--from', 'yesterday'], '--from must be a time'],
    [['--from', '2026-03-02', '--to', '2026-03-01'], '--from must be before to'],
    [['--order', 'asc', '--order', 'desc'], '--order must be given once'],
    [['--limit', '0'], '--limit must be a whole number'],
    [['--limit', '1', '--limit', '2'], '--limit must be a whole number from 1, given once'],
  ])('%j', (line, message) => {
    expect(() => flags(...line)).toThrow(
      expect.objectContaining({ code: 'bad-usage', message: expect.stringContaining(message) }),
    );
  });
});

test('a command that only filters takes neither order nor limit', () => {
  const command = addUsageFilterFlags(new Command());
  expect(usageFilterOf(command.parse(['--job', 'j'], { from: 'user' }).opts())).toEqual({ job: ['j'] });
  const names = command.options.map((option) => option.attributeName());
  expect(names).not.toContain('limit');
  expect(names).not.toContain('order');
});
