import { KeytrailError } from '../keytrail-error.ts';
import { terminalText } from '../text/terminal-text.ts';

/** An error may, by mistake, be its own cause. */
const LONGEST_CHAIN = 8;

/** What a person reads of an error that ended a command: one line, safe for a terminal. */
export function errorSentence(error: unknown): string {
  // A full disk is what a person can mend, whatever error wraps it.
  const causes = messagesOf(error).join('\n');
  if (/ENOSPC|No space left|disk full/i.test(causes)) {
    return 'The disk is full; free some space and run the command again: it goes on from what was kept.';
  }
  if (/EDQUOT|quota exceeded|EFBIG|File too large/i.test(causes)) {
    return 'No more may be written to the disk; have the limit raised and run the command again: it goes on from what was kept.';
  }
  const message = terminalText(error instanceof Error ? error.message : String(error));
  return error instanceof KeytrailError
    ? message
    : `Keytrail failed unexpectedly (${message}); run the command again, and report it if it stays.`;
}

/** An error's message and those of its causes. */
function messagesOf(error: unknown): string[] {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error && messages.length < LONGEST_CHAIN; cause = cause.cause) {
    messages.push(cause.message);
  }
  return messages;
}
