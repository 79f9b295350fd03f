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

const LIMIT = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const usageQuestion = together({ filter: usageFilterParameters, order: orderParameter });

/** What the flags of a command ask of the usage rows. */
export interface UsageFlags {
  readonly filter: UsageFilter;
  readonly order: Order;
  /** Rows in all, not of a page; absent is every row. */
  readonly limit?: number;
}

/** Gives a command the filters of `/v1/usage` as flags of the same names, a repeatable one where they are. */
export function addUsageFilterFlags(command: Command): Command {
  return addFlags(command, usageFilterParameters);
}

/** The filters, `--order` and `--limit`. */
export function addUsageFlags(command: Command): Command {
  return addFlags(command, usageQuestion).addOption(
    new Option('--limit <count>', 'most rows in all (default: every row)').argParser(collect),
  );
}

/** The filter that the flags of a command say. Throws `bad-usage` naming the flag that is wrong. */
export function usageFilterOf(options: unknown): UsageFilter {
  return readFlags(usageFilterParameters, options);
}

/** As {@link usageFilterOf}, with the order and the limit. */
export function usageFlagsOf(options: unknown): UsageFlags {
  const flags = readFlags(usageQuestion, options);
  const [limitText, ...more] = textsOf(options, 'limit');
  if (limitText === undefined) return flags;
  const limit = LIMIT.read('limit', limitText);
  if (limit.kind === 'bad' || more.length > 0)
    throw new KeytrailError('bad-usage', '--limit must be a whole number from 1, given once.');
  return { ...flags, limit: limit.value };
}

/** Gives a command parameters of the API as flags of the same names. */
export function addFlags(command: Command, parameters: ParameterSet<unknown>): Command {
  for (const document of parameters.documents) command.addOption(optionOf(document));
  return command;
}

/** Every option collects, so that one given twice is judged by the same reading as a query that has it twice. */
function optionOf({ name, description, schema }: ParameterDocument): Option {
  const values = schema.items?.enum ?? schema.enum;
  const placeholder = values?.join('|') ?? PLACEHOLDERS[name] ?? name;
  const repeatable = schema.type === 'array' ? ' (repeatable)' : '';
  const absent = schema.default === undefined ? '' : ` (default: ${schema.default})`;
  const about = description.replaceAll('`', '').replace(/\.$/, '');
  return new Option(`--${name} <${placeholder}>`, about + repeatable + absent).argParser(collect);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What those flags say. @throws KeytrailError `bad-usage` naming the flag that is wrong */
export function readFlags<T>(parameters: ParameterSet<T>, options: unknown): T {
  const reading = parameters.read((name) => textsOf(options, name));
  if (reading.kind === 'good') return reading.value;
  throw new KeytrailError('bad-usage', `--${reading.parameter} ${reading.reason}.`);
}

/** What `collect` gathered under a name of commander's options object. */
function textsOf(options: unknown, name: string): readonly string[] {
  const texts: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
}
