import { comparable, parsedOf } from './answered.ts';

const SHOWN_CHARACTERS = 160;

/** One line for each place where two answers differ; both are texts that are not the same. */
export function differences(before: string, after: string, ignored: readonly string[]): string[] {
  const [first, second] = [before, after].map((text) => parsedOf(comparable(text, ignored)));
  if (first === undefined || second === undefined) return differentLines(before, after);
  const found = [...differentValues('', first.value, second.value)];
  return found.length > 0 ? found : ['the members of an object are in another order'];
}

function differentLines(before: string, after: string): string[] {
  const first = before.split('\n');
  const second = after.split('\n');
  const found: string[] = [];
  for (let line = 0; line < Math.max(first.length, second.length); line++) {
    if (first[line] !== second[line])
      found.push(`line ${line + 1}: ${shown(first[line])} → ${shown(second[line])}`);
  }
  return found;
}

function* differentValues(place: string, before: unknown, after: unknown): Generator<string> {
  if (Object.is(before, after)) return;
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    yield `${place === '' ? 'all of it' : place}: ${shown(before)} → ${shown(after)}`;
    return;
  }
  const first = new Map(Object.entries(before));
  const second = new Map(Object.entries(after));
  for (const name of new Set([...first.keys(), ...second.keys()])) {
    const inner = Array.isArray(before) ? `${place}[${name}]` : `${place}${place === '' ? '' : '.'}${name}`;
    yield* differentValues(inner, first.get(name), second.get(name));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
