import { KeytrailError } from '../keytrail-error.ts';
import { isWhitespace } from '../text/json-whitespace.ts';
import { ContainedText } from './scan-contained-text.ts';
import type { RecordSelection } from './scan-selection.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const DOT = 0x2e;
/** How the usual sources go on. Others are of wrappers, such as `aws:sqs`, or of other partitions. */
const USUAL_END = Buffer.from('.amazonaws.com"');
const NAME_BYTES = '"eventSource"'.length;

/** Decides by a record's event source whether it is selected, if that is enough. */
export class SourceMatch {
  readonly #sources: readonly {
    readonly bytes: Uint8Array;
    readonly isEvery: boolean;
    readonly containing: ContainedText | undefined;
  }[];

  /** @throws KeytrailError `bad-parameter` on a source that JSON could escape otherwise than with `\u` */
  constructor(selection: RecordSelection) {
    this.#sources = [...selection].map(([source, selected]) => {
      if (!/^[\w.-]+$/.test(source)) {
        throw new KeytrailError(
          'bad-parameter',
          `Select event sources by their host name, not by ${source}.`,
        );
      }
      return {
        bytes: Buffer.from(`${source}"`),
        isEvery: selected === 'every',
        containing:
          typeof selected === 'object' && 'names' in selected
            ? new ContainedText(selected.containing)
            : undefined,
      };
    });
  }

  /**
   * @param bytes a record without `\u` escapes is in them from `start` up to but not including `end`
   * @param name the offset of its last top-level `"eventSource"`
   * @returns `undefined` if the record is not selected, `doubtful` if the source does not decide
   */
  kindAt(bytes: Buffer, start: number, end: number, name: number): 'selected' | 'doubtful' | undefined {
    let at = pastWhitespace(bytes, name + NAME_BYTES);
    if (bytes[at] !== COLON) return 'doubtful';
    at = pastWhitespace(bytes, at + 1);
    if (bytes[at] !== QUOTE) return 'doubtful';
    for (const source of this.#sources) {
      if (startsWith(bytes, at + 1, source.bytes)) {
        if (source.isEvery) return 'selected';
        return source.containing?.isWithin(bytes, start, end) === false ? undefined : 'doubtful';
      }
    }
    return isUsualHost(bytes, at + 1, end) ? undefined : 'doubtful';
  }
}

const matches = new WeakMap<RecordSelection, SourceMatch>();

/** The match for a selection, cached because there are many files and few selections. */
export function sourceMatchOf(selection: RecordSelection): SourceMatch {
  let match = matches.get(selection);
  if (match === undefined) {
    match = new SourceMatch(selection);
    matches.set(selection, match);
  }
  return match;
}

function pastWhitespace(bytes: Buffer, from: number): number {
  let at = from;
  while (isWhitespace(bytes[at])) at += 1;
  return at;
}

function startsWith(bytes: Buffer, at: number, sought: Uint8Array): boolean {
  for (let index = 0; index < sought.length; index += 1) {
    if (bytes[at + index] !== sought[index]) return false;
  }
  return true;
}

/** Whether the string from `at` on is one name and the usual domain. */
function isUsualHost(bytes: Buffer, at: number, end: number): boolean {
  let dot = at;
  while (dot < end && bytes[dot] !== DOT && bytes[dot] !== QUOTE) dot += 1;
  return dot > at && startsWith(bytes, dot, USUAL_END);
}
