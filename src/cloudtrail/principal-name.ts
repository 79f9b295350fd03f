/**
 * Whether a text may be a role's or user's name, with some of its path or none, or the ARN of a role's session: then it may
 * name several ids.
 */
export function isPrincipalName(text: string): boolean {
  return text.includes(':assumed-role/') || !text.includes(':');
}

/**
 * The ids of the principals that a name means: an id by itself, the role of an assumed-role ARN, and every role and user
 * of a bare name.
 */
export function principalsNamed(text: string, ids: Iterable<string>): string[] {
  const [, account, role] = /^arn:[^:]+:sts::(\d+):assumed-role\/([^/]+)/.exec(text) ?? [];
  const name = `/${(role ?? text).toLowerCase()}`;
  const found: string[] = [];
  for (const id of ids) {
    const isNamed = id.startsWith('arn:') && id.toLowerCase().endsWith(name);
    const isThere = account === undefined || id.includes(`:${account}:`);
    if (id === text || (isNamed && isThere)) found.push(id);
  }
  return found.sort();
}
