import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { usageRowSchema } from '../api/schemas.ts';
import type { UsageRow } from '../history/query/questions.ts';
import { terminalJson } from '../text/terminal-text.ts';
import { ShortNames } from './short-names.ts';
import { CSV_HEADER, usageCsv } from './usage-csv.ts';
import { type UsageTableStyle, usageTable } from './usage-table.ts';

export const USAGE_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;

export type UsageFormat = (typeof USAGE_FORMATS)[number];

const PLAIN: UsageTableStyle = { names: new ShortNames([]), at: (time) => time };

/** The number of rows that are written together. The first of them decide the widths of a table. */
const BATCH_ROWS = 500;

/**
 * Writes rows as they come, at the pace of the reader. When the reader closes the stream (`| head`), writing ends without an
 * error and no more rows are read. `output` is left open.
 */
export async function writeUsage(
  rows: AsyncIterable<UsageRow>,
  format: UsageFormat,
  output: Writable,
  style: UsageTableStyle = PLAIN,
): Promise<void> {
  try {
    await pipeline(
      Readable.from(usageText(rows, format, style), { objectMode: true, highWaterMark: 1 }),
      output,
      {
        end: false,
      },
    );
  } catch (error) {
    if (!isReaderGone(error)) throw error;
  }
}

/**
 * Rows as text, in pieces. `json` is an array of the rows that the API answers, one a line; `ndjson` has only the lines.
 * Characters that a terminal acts on are escaped in every format.
 */
export async function* usageText(
  rows: AsyncIterable<UsageRow>,
  format: UsageFormat,
  style: UsageTableStyle = PLAIN,
): AsyncGenerator<string> {
  switch (format) {
    case 'json': {
      let before = '[\n';
      for await (const batch of batches(rows)) {
        yield before + batch.map(rowJson).join(',\n');
        before = ',\n';
      }
      yield before === '[\n' ? '[]\n' : '\n]\n';
      return;
    }
    case 'ndjson':
      for await (const batch of batches(rows)) yield `${batch.map(rowJson).join('\n')}\n`;
      return;
    case 'csv':
      yield CSV_HEADER;
      for await (const batch of batches(rows)) yield usageCsv(batch);
      return;
    case 'table': {
      // Without rows there is no table: what is said beside it says why.
      const table = usageTable(style);
      for await (const batch of batches(rows)) yield table.lines(batch);
      return;
    }
    default:
      format satisfies never;
  }
}

/** Parsed out through the API's schema, like every answer. */
function rowJson(row: UsageRow): string {
  return terminalJson(JSON.stringify(usageRowSchema.parse(row)));
}

async function* batches(rows: AsyncIterable<UsageRow>): AsyncGenerator<readonly UsageRow[]> {
  let batch: UsageRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function isReaderGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED';
}
