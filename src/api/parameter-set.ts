/** A parameter in the OpenAPI document. */
export interface ParameterDocument {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly required?: boolean;
  readonly style?: 'form';
  readonly explode?: boolean;
  readonly schema: ParameterSchema;
  /** As `schema` describes it: a list where the parameter is one. */
  readonly example?: string | readonly string[];
}

/** The part of JSON Schema 2020-12 that parameters need. */
export interface ParameterSchema {
  readonly type?: 'string' | 'integer' | 'array';
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: ParameterSchema;
  readonly oneOf?: readonly ParameterSchema[];
  readonly default?: string | number;
}

/** `reason` continues a sentence that begins with the parameter's name: `limit` `must be …`. */
export type Reading<T> =
  | { readonly kind: 'good'; readonly value: T }
  | { readonly kind: 'bad'; readonly parameter: string; readonly reason: string };

/** The decoded values of a parameter, in the order given; empty when it is absent. */
export type GivenValues = (name: string, where: ParameterDocument['in']) => readonly string[];

/**
 * Parameters of a request, and the domain value that they are parsed to. The router, the OpenAPI document and the flags of
 * the command line use the same set.
 */
export interface ParameterSet<T> {
  readonly documents: readonly ParameterDocument[];
  read(given: GivenValues): Reading<T>;
}

export function good<T>(value: T): Reading<T> {
  return { kind: 'good', value };
}

export function bad(parameter: string, reason: string): Reading<never> {
  return { kind: 'bad', parameter, reason };
}

type ValueOf<S> = S extends ParameterSet<infer T> ? T : never;
type Sets = Readonly<Record<string, ParameterSet<unknown>>>;

/** The values of several sets; a member whose value may be undefined is optional. */
export type Together<S extends Sets> = {
  readonly [K in keyof S as undefined extends ValueOf<S[K]> ? never : K]: ValueOf<S[K]>;
} & {
  readonly [K in keyof S as undefined extends ValueOf<S[K]> ? K : never]?: Exclude<ValueOf<S[K]>, undefined>;
};

/** Joins several sets to one, whose value has a member for each. The first bad parameter is reported. */
export function together<S extends Sets>(sets: S): ParameterSet<Together<S>> {
  const members = Object.entries(sets);
  return {
    documents: members.flatMap(([, set]) => set.documents),
    read(given) {
      const values: [string, unknown][] = [];
      for (const [member, set] of members) {
        const reading = set.read(given);
        if (reading.kind === 'bad') return reading;
        if (reading.value !== undefined) values.push([member, reading.value]);
      }
      // Each member was made by its own set, as `Together` says. The compiler cannot follow that.
      return good(Object.fromEntries(values) as Together<S>);
    },
  };
}

/** A set with one more check of its value, for conditions between parameters. */
export function checked<A, B>(set: ParameterSet<A>, check: (value: A) => Reading<B>): ParameterSet<B> {
  return {
    documents: set.documents,
    read(given) {
      const reading = set.read(given);
      return reading.kind === 'bad' ? reading : check(reading.value);
    },
  };
}
