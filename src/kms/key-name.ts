import { type AliasFact, aliasKey, aliasNameOf } from './alias-timeline.ts';

/**
 * The key names that references may mean: an ARN means itself, a bare id every key of that id, an alias the keys that it
 * means now or meant last. Names of the same reference whose key is not known are among them.
 */
function keyNamesOf(
  references: readonly string[],
  keyNames: readonly string[],
  aliases: ReadonlyMap<string, readonly AliasFact[]>,
): string[] {
  const wanted = new Set<string>();
  for (const reference of references) {
    for (const arn of keysOfAlias(reference, aliases)) wanted.add(arn);
    for (const keyName of keyNames) {
      if (keyName === reference || keyName.endsWith(`:key/${reference}`)) wanted.add(keyName);
      else if (keyName.startsWith('ref:') && referenceInKeyName(keyName) === reference) {
        wanted.add(keyName);
      }
    }
  }
  return [...wanted];
}

/** The names that a key reference means; `ml/speech` stands for `alias/ml/speech`. */
export function keysNamed(
  text: string,
  keyNames: readonly string[],
  aliases: ReadonlyMap<string, readonly AliasFact[]>,
): string[] {
  const found = keyNamesOf([text], keyNames, aliases);
  return found.length > 0 || text.startsWith('alias/') || text.startsWith('arn:')
    ? found
    : keyNamesOf([`alias/${text}`], keyNames, aliases);
}

/** The keys that an alias means now or meant last. */
function keysOfAlias(reference: string, aliases: ReadonlyMap<string, readonly AliasFact[]>): string[] {
  if (!reference.includes('alias/')) return [];
  const named = aliasNameOf(reference, '', '');
  const keys: string[] = [];
  for (const [key, facts] of aliases) {
    const isMeant = reference.startsWith('alias/')
      ? key.endsWith(`/${reference}`) && key.split('/').length - 2 === reference.split('/').length
      : named !== undefined && key === aliasKey(named);
    if (!isMeant) continue;
    const last = facts.findLast((fact) => fact.keyArn !== undefined);
    if (last?.keyArn !== undefined) keys.push(last.keyArn);
  }
  return keys;
}

/** What records call the key of a name that is a reference: `alias/…`, a bare id or an alias ARN. */
export function referenceInKeyName(keyName: string): string {
  return keyName.slice(keyName.indexOf('/', keyName.indexOf('/') + 1) + 1);
}
