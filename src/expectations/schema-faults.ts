import type * as z from 'zod';
import { type Fault, pathText } from './fault.ts';
import { nearMiss } from './near-miss.ts';
import {
  conditionsSchema,
  expectationFileSchema,
  expectationSchema,
  OPERATIONS,
  weeklyTimeSchema,
} from './schema.ts';

type Issue = z.core.$ZodIssue;

/** All field names, to suggest the one that was mistyped. */
const FIELDS = new Set(
  [expectationFileSchema, expectationSchema, conditionsSchema, weeklyTimeSchema].flatMap(({ shape }) =>
    Object.keys(shape),
  ),
);

/**
 * The faults that a schema found, as sentences.
 * @param value the checked value, for quotations
 * @param whole what the value is, for the sentences
 */
export function faultsOfIssues(issues: readonly Issue[], value: unknown, whole = 'an expectation'): Fault[] {
  return issues.flatMap((issue) => faultsOfIssue(issue, issue.path, value, whole));
}

function faultsOfIssue(issue: Issue, keys: readonly PropertyKey[], value: unknown, whole: string): Fault[] {
  const path = keys.map((key) => (typeof key === 'number' ? key : String(key)));
  const found = valueAt(value, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...path, key], whole));
  if (found === undefined) return [missing(path)];
  if (issue.code === 'invalid_union') {
    // An object is meant as an organisation.
    const nested = typeof found === 'object' ? issue.errors.at(-1) : undefined;
    if (nested?.some(({ code, path: at }) => code !== 'invalid_type' || at.length > 0))
      return nested.flatMap((each) => faultsOfIssue(each, [...path, ...each.path], value, whole));
  }
  const place = path.length === 0 ? '' : `\`${pathText(path)}\`: `;
  return [{ path, sentence: `${place}${quoted(found)} ${messageOf(issue, found)}` }];
}

function messageOf(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWords[issue.expected] ?? issue.expected}${numberHint(issue.expected, found)}`;
    case 'invalid_union':
      return typeof found === 'number' ? `must be text${numberHint('string', found)}` : ofUnion(issue);
    case 'invalid_value':
      return issue.values.length > 1 ? notAmong(String(found), issue.values.map(String)) : issue.message;
    default:
      return issue.message;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a map of fields',
};

function ofUnion({ message }: Issue): string {
  return message === 'Invalid input' ? 'must be text, or an organisation with its accounts' : message;
}

/** YAML reads twelve digits as a number, and drops leading zeros. */
function numberHint(expected: string, found: unknown): string {
  return expected === 'string' && typeof found === 'number' ? '; put it in quotes' : '';
}

function notAmong(text: string, values: readonly string[]): string {
  const isOperation = values.length === OPERATIONS.length;
  const meant = nearMiss(text, values);
  if (meant !== undefined) return `is none; did you mean \`${meant}\`?`;
  if (/^ReEncrypt(?:From|To)$/.test(text)) return 'is a permission; its operation is `ReEncrypt`';
  if (text.includes('*')) return 'is none; name operations whole, or cryptographic, grant, management';
  if (text.startsWith('kms:')) return `is written \`${text.slice(4)}\` here`;
  return isOperation
    ? 'is no operation of KMS; operations that are newer than this version are in cryptographic, grant or management'
    : `must be one of ${values.join(', ')}`;
}

function unknownField(path: (string | number)[], whole: string): Fault {
  const name = String(path.at(-1));
  const meant = nearMiss(name, [...FIELDS]);
  const hint = meant === undefined || meant === name ? '' : `; did you mean \`${meant}\`?`;
  return { path, sentence: `\`${pathText(path)}\` is no field of ${whole}${hint}` };
}

function missing(path: (string | number)[]): Fault {
  return { path, sentence: `\`${pathText(path)}\` is missing` };
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return `\`${text.length > 200 ? `${text.slice(0, 200)}…` : text}\``;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, part);
  }
  return found;
}
