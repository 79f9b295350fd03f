import { hash } from 'node:crypto';
import { KeytrailError } from '../keytrail-error.ts';

/**
 * A cursor is a position in the order of the answer, with the window that the first page settled on and a
 * mark of the question, and never the name of an item: it stays good while the history is sealed under it.
 */
export interface Cursor {
  readonly fromMs: number;
  readonly toMs: number;
  /** The position after which the next page starts, as the answer's order compares it. */
  readonly after: readonly (string | number)[];
}

export function encodeCursor(question: string, cursor: Cursor): string {
  const text = JSON.stringify([markOf(question), cursor.fromMs, cursor.toMs, ...cursor.after]);
  return Buffer.from(text).toString('base64url');
}

/** @throws KeytrailError `bad-cursor` where it is no cursor of this question */
export function decodeCursor(question: string, text: string): Cursor {
  const parts = parse(text);
  const [mark, fromMs, toMs, ...after] = parts;
  if (mark !== markOf(question)) throw badCursor();
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs)) throw badCursor();
  const position = after.filter((part) => typeof part === 'string' || typeof part === 'number');
  if (position.length !== after.length) throw badCursor();
  return { fromMs: Number(fromMs), toMs: Number(toMs), after: position };
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(value)) return value;
  } catch {
    // Not ours, whatever it is.
  }
  throw badCursor();
}

function markOf(question: string): string {
  return hash('sha256', question, 'base64url').slice(0, 12);
}

function badCursor(): KeytrailError {
  return new KeytrailError(
    'bad-cursor',
    'The cursor is not one that this question gave; ask without a cursor to start at the first page.',
  );
}
