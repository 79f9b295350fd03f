import { isObject, parsedJson } from '../cloudtrail/json-members.ts';

/** Member names from the outside in. A list on the way stands for all its elements. */
export type MemberPath = readonly string[];

/** Parses paths such as `outputDataConfig.kmsKeyId`, in CloudTrail's camelCase. */
export function at(...paths: readonly string[]): readonly MemberPath[] {
  return paths.map((path) => path.split('.'));
}

/** The most values read at one path: several times what any SageMaker API accepts. */
const maxValues = 100;

/**
 * All values at the paths, those of the first path first. CloudTrail writes SageMaker's member names in camelCase, state
 * changes in the API's PascalCase; both are found. JSON in a string is parsed. A member that is `null` or `""` counts as
 * absent.
 */
export function valuesAt(value: unknown, paths: readonly MemberPath[]): readonly unknown[] {
  const found: unknown[] = [];
  for (const path of paths) {
    collect(value, path, 0, found);
  }
  return found;
}

/** The distinct texts at the paths, well-formed. A text longer than `maxLength` is ignored as invalid. */
export function textsAt(
  value: unknown,
  paths: readonly MemberPath[],
  maxLength: number,
): readonly string[] | undefined {
  const texts = new Set<string>();
  for (const item of valuesAt(value, paths)) {
    if (typeof item === 'string' && item !== '' && item.length <= maxLength) {
      texts.add(item.toWellFormed());
    }
  }
  return texts.size === 0 ? undefined : [...texts];
}

/** The first text at the paths. */
export function textAt(value: unknown, paths: readonly MemberPath[], maxLength: number): string | undefined {
  return textsAt(value, paths, maxLength)?.[0];
}

function collect(value: unknown, path: MemberPath, depth: number, found: unknown[]): void {
  if (value === undefined || value === null || value === '' || found.length >= maxValues) {
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) {
      if (!Array.isArray(item)) {
        collect(item, path, depth, found);
      }
    }
    return;
  }
  const name = path[depth];
  if (name === undefined) {
    found.push(value);
    return;
  }
  const members = typeof value === 'string' ? parsedJson(value) : value;
  if (Array.isArray(members)) {
    if (typeof value === 'string') {
      collect(members, path, depth, found);
    }
  } else if (isObject<string>(members)) {
    const before = found.length;
    collect(ownMember(members, name), path, depth + 1, found);
    if (found.length === before) {
      collect(ownMember(members, name.charAt(0).toUpperCase() + name.slice(1)), path, depth + 1, found);
    }
  }
}

function ownMember(members: { readonly [name: string]: unknown }, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
