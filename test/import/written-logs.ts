import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { type Json, textIn } from '../oracle/json.ts';
import { guid } from '../oracle/universe.ts';

/** How records lie in a file. */
const LOG_FORMS = ['log', 'array', 'lines', 'envelopes', 'looked up'] as const;
type LogForm = (typeof LOG_FORMS)[number];

/**
 * Something in a file that is no good record.
 * - `cut`: a record of KMS that lost its end, where its source stands still;
 * - `words`: no JSON; `value`: JSON, and no object; `stranger`: an object that is no record.
 */
const BREAKAGES = ['cut', 'words', 'value', 'stranger'] as const;
export type Breakage = (typeof BREAKAGES)[number];

export interface LogPlan {
  readonly form: LogForm;
  readonly isZipped: boolean;
  readonly indent: 0 | 2;
  /** What stands broken after which record. */
  readonly broken: readonly { readonly after: number; readonly how: Breakage }[];
}

export const aLogPlan: fc.Arbitrary<LogPlan> = fc.record({
  form: fc.constantFrom(...LOG_FORMS),
  isZipped: fc.boolean(),
  indent: fc.constantFrom(0, 2),
  broken: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ after: fc.nat(20), how: fc.constantFrom(...BREAKAGES) }), {
        maxLength: 3,
      }),
    },
  ),
});

export interface WrittenLog {
  readonly path: string;
  /** What is inside, uncompressed. */
  readonly bytes: Buffer;
  /** The text of each good record as it stands there, in its envelope if it has one. */
  readonly texts: ReadonlyMap<Json, string>;
  readonly broken: readonly { readonly how: Breakage; readonly text: string }[];
}

/** Writes records as one file; what a form cannot hold goes as it is. */
export function writeLog(folder: string, name: string, records: readonly Json[], plan: LogPlan): WrittenLog {
  const isLines = plan.form === 'lines' || plan.form === 'envelopes';
  const textOf = (value: Json) => JSON.stringify(value, null, isLines ? 0 : plan.indent);
  const texts = new Map<Json, string>();
  const broken: { how: Breakage; text: string }[] = [];
  const parts: string[] = [];
  const putBroken = (place: number, isLast: boolean) => {
    // After a line without its end only a line that begins as a record does can be told from it.
    const inOrder = plan.broken.toSorted(
      (one, other) => Number(one.how === 'cut') - Number(other.how === 'cut'),
    );
    for (const { after, how } of inOrder) {
      if (Math.min(after, records.length) !== place) continue;
      // In the middle of a list a record without its end cannot but take its neighbour with it.
      const text = how === 'cut' && !isLines && !(isLast && plan.form !== 'looked up') ? 'cut' : TEXTS[how];
      if (text === TEXTS.cut && !isLines && broken.some(({ text: before }) => before === TEXTS.cut)) continue;
      broken.push({ how: text === 'cut' ? 'words' : how, text });
      parts.push(text);
    }
  };
  records.forEach((record, index) => {
    putBroken(index, false);
    const text = textOf(wrapped(record, plan.form));
    texts.set(record, text);
    parts.push(text);
  });
  putBroken(records.length, true);
  // The one without its end is where the file ends.
  const cut = isLines ? -1 : parts.indexOf(TEXTS.cut);
  if (cut !== -1) parts.push(...parts.splice(cut, 1));
  const bytes = Buffer.from(laidOut(parts, plan, cut !== -1));
  const extension = `${isLines ? 'ndjson' : 'json'}${plan.isZipped ? '.gz' : ''}`;
  const path = join(folder, `${name}.${extension}`);
  writeFileSync(path, plan.isZipped ? gzipSync(bytes) : bytes);
  return { path, bytes, texts, broken };
}

const CUT_RECORD = JSON.stringify({
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser' },
  eventTime: '2026-03-01T10:00:00Z',
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  requestParameters: { encryptionContext: { a: 'b' } },
});

const TEXTS: Readonly<Record<Breakage, string>> = {
  cut: CUT_RECORD.slice(0, -6),
  words: 'what is this',
  value: '42',
  stranger: '{"hello":"world"}',
};

function laidOut(parts: readonly string[], { form, indent }: LogPlan, isCut: boolean): string {
  const separator = indent === 0 ? ',' : ' ,\r\n\t';
  switch (form) {
    case 'log':
      return `{"Records":[${parts.join(separator)}${isCut ? '' : ']}'}`;
    case 'array':
      return `[${parts.join(separator)}${isCut ? '' : '\n]\n'}`;
    case 'looked up':
      return `{"NextToken":"x","Events": [${parts.join(separator)}] , "more":[{}]}`;
    case 'lines':
    case 'envelopes':
      return parts.map((part) => `${part}\n`).join('');
    default:
      return form satisfies never;
  }
}

function wrapped(record: Json, form: LogForm): Json {
  if (record['detail-type'] !== undefined || record['eventSource'] === undefined) return record;
  switch (form) {
    case 'envelopes':
      return {
        version: '0',
        id: guid('envelope', JSON.stringify(record)),
        'detail-type': 'AWS API Call via CloudTrail',
        source: 'aws.any',
        account: textIn(record, 'recipientAccountId') ?? '111122223333',
        time: '2026-03-02T00:00:00Z',
        region: textIn(record, 'awsRegion') ?? 'us-east-1',
        resources: [],
        detail: record,
      };
    case 'looked up':
      return {
        EventId: textIn(record, 'eventID'),
        EventName: textIn(record, 'eventName'),
        EventTime: 1_772_359_200,
        EventSource: textIn(record, 'eventSource'),
        Resources: [],
        CloudTrailEvent: JSON.stringify(record),
      };
    case 'log':
    case 'array':
    case 'lines':
      return record;
    default:
      return form satisfies never;
  }
}
