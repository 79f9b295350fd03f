/** An error may, by mistake, be its own cause. */
const LONGEST_CHAIN = 8;

/** What is wrong, after the name of what it concerns, and what to do about it. */
export interface SystemErrorWords {
  readonly problem: string;
  readonly remedy: string;
}

const GO_ON = 'and run the command again: it goes on from what was kept';

/** By the name of errno(3); a file stands for a folder too. */
const WORDS: ReadonlyMap<string, SystemErrorWords> = new Map([
  ['EACCES', { problem: 'may not be used by this user', remedy: 'ask for permission, or name another' }],
  ['EPERM', { problem: 'may not be used by this user', remedy: 'ask for permission, or name another' }],
  ['EDQUOT', { problem: "is over this user's quota of the disk", remedy: `have it raised ${GO_ON}` }],
  ['EEXIST', { problem: 'is there already', remedy: 'name another' }],
  ['EFBIG', { problem: 'is as large as a file may become', remedy: `have the limit raised ${GO_ON}` }],
  ['EIO', { problem: 'is on a disk that fails', remedy: 'check the disk' }],
  ['EISDIR', { problem: 'is a folder', remedy: 'name a file' }],
  ['ELOOP', { problem: 'is a link that leads in a circle', remedy: 'name another' }],
  [
    'EMFILE',
    { problem: 'is one file too many for this process', remedy: `raise the limit (ulimit -n) ${GO_ON}` },
  ],
  ['ENAMETOOLONG', { problem: 'is too long a name', remedy: 'name another' }],
  ['ENFILE', { problem: 'is one file too many for this machine', remedy: `end other programs ${GO_ON}` }],
  ['ENOENT', { problem: 'does not exist', remedy: 'check the path' }],
  ['ENOSPC', { problem: 'is on a disk that is full', remedy: `free some space ${GO_ON}` }],
  ['ENOTDIR', { problem: 'leads through a file as if it were a folder', remedy: 'check the path' }],
  ['EROFS', { problem: 'is on a disk that cannot be written', remedy: 'name another' }],
]);

/**
 * The words for an error of the operating system, by its code or, where that was lost on the way from another thread,
 * by its message; also of a cause. Undefined for any other error.
 * @see https://nodejs.org/api/errors.html#common-system-errors
 */
export function systemErrorWords(error: unknown): SystemErrorWords | undefined {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < LONGEST_CHAIN; depth++) {
    const words = WORDS.get(systemCodeOf(cause) ?? '');
    if (words !== undefined) return words;
    cause = cause.cause;
  }
  return undefined;
}

function systemCodeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string' && WORDS.has(error.code)) return error.code;
  const [, first, last] = /^(E[A-Z]+): |failure: (E[A-Z]+)$/.exec(error.message) ?? [];
  return first ?? last;
}

/** The path that an error of Node's file system is about. */
export function systemPathOf(error: unknown): string | undefined {
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  return typeof path === 'string' ? path : undefined;
}
