/** Whether a text is as a pattern says, in which `*` stands for any characters and `?`, in policies, for one. */
export function isLike(
  pattern: string,
  value: string,
  { hasSingle = false, ignoresCase = false }: { hasSingle?: boolean; ignoresCase?: boolean } = {},
): boolean {
  const literal = pattern.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const source = literal.replaceAll('\\*', '.*').replaceAll('\\?', hasSingle ? '.' : '\\?');
  return new RegExp(`^${source}$`, ignoresCase ? 'is' : 's').test(value);
}
