export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string that says something; AWS writes `""` for what it does not tell. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function textIn(parent: Json, name: string): string | undefined {
  return text(parent[name]);
}

/** The value, or what it says as JSON where a log shipper has turned it into a string. */
function unstrung(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** A member that should be an object; `{}` where it is anything else. */
export function objectIn(parent: Json, name: string): Json {
  const value = unstrung(parent[name]);
  return isObject(value) ? value : {};
}

/** The objects in a member that should be a list; none where it is anything else. */
export function listIn(parent: Json, name: string): readonly Json[] {
  const value = unstrung(parent[name]);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsIn(parent: Json, name: string): readonly string[] {
  const value = parent[name];
  return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : [];
}

/** JSON with the members of every object in order: equal values have equal encodings. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

/** Every leaf as `path=value`; elements of lists are leaves of their own. */
export function leavesOf(value: unknown, path = ''): string[] {
  if (value === undefined) return [];
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, member]) => leavesOf(member, `${path}/${name}`));
  }
  return [`${path}=${JSON.stringify(value)}`];
}

export function without(parent: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(parent).filter(([name]) => !names.includes(name)));
}
