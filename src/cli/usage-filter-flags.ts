import { type Command, Option } from 'commander';
import { wholeNumber } from '../api/parameter-kinds.ts';
import { type ParameterDocument, type ParameterSet, together } from '../api/parameter-set.ts';
import { orderParameter, usageFilterParameters } from '../api/parameters.ts';
import type { Order, UsageFilter } from '../history/query/questions.ts';
import { KeytrailError } from '../keytrail-error.ts';

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  key: 'arn|id|alias',
  principal: 'id',
  job: 'arn',
  from: 'time',
  to: 'time',
};

/** Longer lists of values stand in the description, which wraps. */
const LONGEST_PLACEHOLDER = 50;

const LIMIT = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const usageQuestion = together({ filter: usageFilterParameters, order: orderParameter });

/** The usage rows that the flags of a command ask for. */
export interface UsageFlags {
  readonly filter: UsageFilter;
  readonly order: Order;
  /** The most rows in total, not on a page; every row when absent. */
  readonly limit?: number;
}

/** Adds the filters of `/v1/usage` to a command as flags of the same names; repeated parameters are repeatable flags. */
export function addUsageFilterFlags(command: Command): Command {
  return addFlags(command, usageFilterParameters);
}

/** The filters, `--order` and `--limit`. */
export function addUsageFlags(command: Command): Command {
  return addLimitFlag(addFlags(command, usageQuestion), 'row');
}

/** @param what one of the things that are limited */
export function addLimitFlag(command: Command, what: string): Command {
  return command.addOption(
    new Option('--limit <count>', `most ${what}s in all (default: every ${what})`).argParser(collect),
  );
}

/** The value of `--limit`; undefined where it is not given. @throws KeytrailError `bad-usage` */
export function limitOf(options: unknown): number | undefined {
  const [limitText, ...more] = textsOf(options, 'limit');
  if (limitText === undefined) return undefined;
  const limit = LIMIT.read('limit', limitText);
  if (limit.kind === 'bad' || more.length > 0)
    throw new KeytrailError('bad-usage', '--limit must be a whole number from 1, given once.');
  return limit.value;
}

/** The filter in the flags of a command. @throws KeytrailError `bad-usage` with the name of the bad flag */
export function usageFilterOf(options: unknown): UsageFilter {
  return readFlags(usageFilterParameters, options);
}

/** As {@link usageFilterOf}, with the order and the limit. */
export function usageFlagsOf(options: unknown): UsageFlags {
  const flags = readFlags(usageQuestion, options);
  const limit = limitOf(options);
  return limit === undefined ? flags : { ...flags, limit };
}

/** Adds parameters of the API to a command as flags of the same names. */
export function addFlags(command: Command, parameters: ParameterSet<unknown>): Command {
  for (const document of parameters.documents) command.addOption(optionOf(document));
  return command;
}

/** Every option collects its values, so that a flag given twice is checked like a query parameter given twice. */
function optionOf({ name, description, schema }: ParameterDocument): Option {
  const choices = (schema.items?.enum ?? schema.enum)?.join('|');
  const isShort = choices !== undefined && choices.length <= LONGEST_PLACEHOLDER;
  const placeholder = isShort ? choices : (PLACEHOLDERS[name] ?? name);
  const values = choices === undefined || isShort ? '' : `: ${choices.replaceAll('|', ', ')}`;
  const repeatable = schema.type === 'array' ? ' (repeatable)' : '';
  const absent = schema.default === undefined ? '' : ` (default: ${schema.default})`;
  const about = description.replaceAll('`', '').replace(/\.$/, '');
  return new Option(`--${name} <${placeholder}>`, about + values + repeatable + absent).argParser(collect);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The value of those flags. @throws KeytrailError `bad-usage` with the name of the bad flag */
export function readFlags<T>(parameters: ParameterSet<T>, options: unknown): T {
  const reading = parameters.read((name) => textsOf(options, name));
  if (reading.kind === 'good') return reading.value;
  throw new KeytrailError('bad-usage', `--${reading.parameter} ${reading.reason}.`);
}

/** The collected values under a name in commander's options object. */
function textsOf(options: unknown, name: string): readonly string[] {
  const texts: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
}
