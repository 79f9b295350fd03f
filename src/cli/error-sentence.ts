import { KeytrailError } from '../keytrail-error.ts';
import { systemErrorWords, systemPathOf } from '../text/system-error.ts';
import { terminalText } from '../text/terminal-text.ts';

/** What a person reads of an error that ended a command: one line, safe for a terminal. */
export function errorSentence(error: unknown): string {
  const message = terminalText(error instanceof Error ? error.message : String(error));
  if (error instanceof KeytrailError) return message;
  const words = systemErrorWords(error);
  if (words === undefined) {
    return `Keytrail failed unexpectedly (${message}); run the command again, and report it if it stays.`;
  }
  const path = systemPathOf(error);
  const subject = path === undefined ? `What was needed (${message})` : terminalText(path);
  return `${subject} ${words.problem}; ${words.remedy}.`;
}
