/** What was asked, and the answer: a JSON document, or any other text. */
export interface Answered {
  readonly question: string;
  readonly text: string;
}

/** Whether two answers are the same, but for what they need not share. */
export function sameText(before: string, after: string, ignored: readonly string[]): boolean {
  return before === after || comparable(before, ignored) === comparable(after, ignored);
}

/** An answer without the members that two runs of one program do not share either. */
export function comparable(text: string, ignored: readonly string[]): string {
  const parsed = parsedOf(text);
  return parsed === undefined ? text : JSON.stringify(parsed.value, replacerOf(ignored));
}

/** The value of a JSON text; undefined where the text is something else, such as CSV. */
export function parsedOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Members of one name that a run decides: a cursor, how long an import took. */
const OF_A_RUN = ['next', 'seconds'];

function replacerOf(ignored: readonly string[]) {
  const left = new Set([...OF_A_RUN, ...ignored]);
  return (name: string, value: unknown): unknown => {
    if (left.has(name)) return undefined;
    if (name === 'history' && Array.isArray(value)) return value.map(withoutTime);
    if (name === 'quarantined' && Array.isArray(value)) return inOrder(value);
    return value;
  };
}

/** A change of an alert's state has the time of the run that made it. */
function withoutTime(change: unknown): unknown {
  return typeof change === 'object' && change !== null ? { ...change, time: 'the clock' } : change;
}

function inOrder(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}
