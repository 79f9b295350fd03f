/**
 * Whether a text matches a pattern in which `*` stands for any characters.
 * @param options.hasSingle `?` stands for one character, as in IAM policies
 */
export function matchesWildcard(
  pattern: string,
  value: string,
  { hasSingle = false, ignoresCase = false }: { hasSingle?: boolean; ignoresCase?: boolean } = {},
): boolean {
  const literal = pattern.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const source = literal.replaceAll('\\*', '.*').replaceAll('\\?', hasSingle ? '.' : '\\?');
  return new RegExp(`^${source}$`, ignoresCase ? 'is' : 's').test(value);
}
