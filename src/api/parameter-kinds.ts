import { INSTANT_PATTERNS, NO_INSTANT, readInstant } from '../utc-time.ts';
import {
  bad,
  good,
  type ParameterDocument,
  type ParameterSchema,
  type ParameterSet,
  type Reading,
} from './parameter-set.ts';

/** The longest string in a row, and so the longest value that can match one. */
const MAX_TEXT_LENGTH = 4096;
/** The most values of one filter: each may cost its own lookup. */
const MAX_VALUES = 100;

/** The format of one value, and how it is parsed. */
interface ValueKind<T> {
  readonly schema: ParameterSchema;
  read(name: string, text: string): Reading<T>;
}

/** Any text that is not empty. */
export const text: ValueKind<string> = {
  schema: { type: 'string', minLength: 1, maxLength: MAX_TEXT_LENGTH },
  read(name, value) {
    if (value === '') return bad(name, 'must not be empty; leave it out for no filter');
    // JSON Schema counts characters, not UTF-16 units.
    const tooLong = value.length > MAX_TEXT_LENGTH && [...value].length > MAX_TEXT_LENGTH;
    return tooLong ? bad(name, `must have at most ${MAX_TEXT_LENGTH} characters`) : good(value);
  },
};

export function oneOf<const T extends string>(values: readonly T[]): ValueKind<T> {
  return {
    schema: { type: 'string', enum: values },
    read(name, value) {
      const found = values.find((each) => each === value);
      return found === undefined ? bad(name, `must be one of ${values.join(', ')}`) : good(found);
    },
  };
}

/** Decimal digits without sign, fraction or leading zero. */
export function wholeNumber(minimum: number, maximum: number): ValueKind<number> {
  return {
    schema: { type: 'integer', minimum, maximum },
    read(name, value) {
      const number = /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : Number.NaN;
      return number >= minimum && number <= maximum
        ? good(number)
        : bad(name, `must be a whole number from ${minimum} to ${maximum}`);
    },
  };
}

/** See `readInstant`. */
export const instant: ValueKind<number> = {
  schema: {
    oneOf: [
      { type: 'string', pattern: INSTANT_PATTERNS.time },
      { type: 'string', format: 'date', pattern: INSTANT_PATTERNS.day },
    ],
  },
  read(name, value) {
    const timeMs = readInstant(value);
    return timeMs === undefined ? bad(name, NO_INSTANT) : good(timeMs);
  },
};

type Described = Pick<ParameterDocument, 'description' | 'example'>;

/** A query parameter given at most once. */
export function single<T>(name: string, kind: ValueKind<T>, about: Described): ParameterSet<T | undefined> {
  return {
    documents: [{ name, in: 'query', ...about, schema: kind.schema }],
    read(given) {
      const [value, ...more] = given(name, 'query');
      if (more.length > 0) return bad(name, 'must be given once');
      return value === undefined ? good(undefined) : kind.read(name, value);
    },
  };
}

/** A query parameter given at most once, with a default value. */
export function singleWithDefault<T extends string | number>(
  name: string,
  kind: ValueKind<T>,
  about: Described & { readonly default: T },
): ParameterSet<T> {
  const { default: absent, ...described } = about;
  const set = single(name, { ...kind, schema: { ...kind.schema, default: absent } }, described);
  return {
    documents: set.documents,
    read(given) {
      const reading = set.read(given);
      return reading.kind === 'bad' ? reading : good(reading.value ?? absent);
    },
  };
}

/** A query parameter that may be repeated; any of its values may match. */
export function repeated<T>(
  name: string,
  kind: ValueKind<T>,
  about: Described,
): ParameterSet<readonly T[] | undefined> {
  const schema = { type: 'array', items: kind.schema, maxItems: MAX_VALUES } as const;
  return {
    documents: [{ name, in: 'query', ...about, style: 'form', explode: true, schema }],
    read: (given) => readAll(name, kind, given(name, 'query')),
  };
}

/** A query parameter with values separated by commas; it may also be repeated. */
export function commaSeparated<T>(
  name: string,
  kind: ValueKind<T>,
  about: Described,
): ParameterSet<readonly T[] | undefined> {
  const schema = { type: 'array', items: kind.schema, minItems: 1, maxItems: MAX_VALUES } as const;
  return {
    documents: [{ name, in: 'query', ...about, style: 'form', explode: false, schema }],
    read: (given) =>
      readAll(
        name,
        kind,
        given(name, 'query').flatMap((each) => each.split(',')),
      ),
  };
}

/** An ARN has at most 2,048 characters; a path with a longer id is answered with 404. */
export const LONGEST_ID = 2_048;

/** A part of a path. */
export function inPath<T>(name: string, kind: ValueKind<T>, about: Described): ParameterSet<T> {
  const schema = { ...kind.schema, maxLength: LONGEST_ID };
  return {
    documents: [{ name, in: 'path', required: true, ...about, schema }],
    read: (given) => kind.read(name, given(name, 'path')[0] ?? ''),
  };
}

function readAll<T>(
  name: string,
  kind: ValueKind<T>,
  texts: readonly string[],
): Reading<readonly T[] | undefined> {
  if (texts.length > MAX_VALUES) return bad(name, `must be given at most ${MAX_VALUES} times`);
  const values: T[] = [];
  for (const each of texts) {
    const reading = kind.read(name, each);
    if (reading.kind === 'bad') return reading;
    values.push(reading.value);
  }
  return good(values.length === 0 ? undefined : values);
}
