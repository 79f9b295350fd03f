import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { USAGE_FORMATS, type UsageFormat, usageText, writeUsage } from '../../src/cli/usage-format.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { parseJson } from '../../src/text/parse-json.ts';
import { aRow, JOB, KEY, ROLE, rowsASecondApart } from '../api/fake-history.ts';

/** Escape sequences, a bidirectional override, line ends, a NUL, half of a surrogate pair. */
const HOSTILE = 'a\u001b[31m\u009b2J\u202e\u2028\r\n\0\u200f\ufeff\ud800z';

/** What must not get out, as first and last code points: all control characters but LF, and what moves text. */
const ACTED_ON = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
] as const;

function actedOn(text: string): string[] {
  return [...text].filter((character) => {
    const point = character.codePointAt(0) ?? 0;
    return ACTED_ON.some(([first, last]) => point >= first && point <= last);
  });
}

async function* from(rows: readonly UsageRow[]): AsyncGenerator<UsageRow> {
  yield* rows;
}

async function textOf(rows: readonly UsageRow[], format: UsageFormat): Promise<string> {
  let text = '';
  for await (const piece of usageText(from(rows), format)) text += piece;
  return text;
}

describe('json', () => {
  test.each([0, 1, 499, 500, 501, 1203])('is one array of the very rows: %i of them', async (count) => {
    const rows = rowsASecondApart(count);
    expect(JSON.parse(await textOf(rows, 'json'))).toEqual(rows);
  });

  test('holds no member that the API does not promise', async () => {
    const leaking = { ...aRow(), join: { accessKeyHash: 'x' } };
    expect(JSON.parse(await textOf([leaking], 'json'))).toEqual([aRow()]);
  });
});

test('ndjson is a row a line', async () => {
  const rows = rowsASecondApart(501);
  const lines = (await textOf(rows, 'ndjson')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  expect(await textOf([], 'ndjson')).toBe('');
});

test('json and ndjson keep any text, and show none that a terminal acts on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (any) => {
      const row = aRow({ userAgent: any + HOSTILE, encryptionContext: { [any]: HOSTILE } });
      for (const format of ['json', 'ndjson'] as const) {
        const text = await textOf([row], format);
        expect(actedOn(text)).toEqual([]);
        expect([parseJson(text)].flat()).toEqual([row]);
      }
    }),
  );
});

describe('csv', () => {
  test('has a header and a line a row, with members of members under their path', async () => {
    const row = aRow({
      encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::b/k' },
      attribution: { status: 'exact', jobs: [{ arn: JOB, type: 'training-job', reasons: ['named'] }] },
      source: { kind: 'object', name: 's3://logs/a.json', sha256: 'ab' },
    });
    const [header, line, ...rest] = (await textOf([row], 'csv')).split('\n');
    expect(rest).toEqual(['']);
    expect(header).toMatch(
      /^eventTime,eventId,.*,principal\.id,.*,attribution\.authorJob,source\.kind,source\.name,source\.sha256$/,
    );
    expect(line).toMatch(/^2026-03-01T10:00:00Z,event-1,111122223333,us-east-1,arn:aws:kms:/);
    expect(line).toContain(`,${ROLE},role,`);
    expect(line).toContain('"{""aws:s3:arn"":""arn:aws:s3:::b/k""}"');
    expect(line).toContain(`,exact,${JOB},`);
    expect(line).toMatch(/,object,s3:\/\/logs\/a\.json,ab$/);
  });

  test('is its header alone where there are no rows', async () => {
    expect((await textOf([], 'csv')).split('\n')).toHaveLength(2);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1', '\t=1', '\r=1'])(
    'has no cell that a spreadsheet would run: %j',
    async (text) => {
      const [, line = ''] = (await textOf([aRow({ userAgent: text })], 'csv')).split('\n');
      expect(line).not.toMatch(/(^|,)"?[=+\-@＝\t\r]/);
    },
  );

  test('is a line a row, whatever a row holds', async () => {
    const rows = rowsASecondApart(3, { userAgent: HOSTILE, keyRef: 'alias/"x",\n=1' });
    const text = await textOf(rows, 'csv');
    expect(text.trimEnd().split('\n')).toHaveLength(4);
    expect(actedOn(text)).toEqual([]);
  });
});

describe('table', () => {
  test('lines its columns up, with keys and principals by their names', async () => {
    const long = aRow({ eventId: 'b', operation: 'GenerateDataKeyWithoutPlaintext' });
    const [header = '', first = '', second = ''] = (await textOf([aRow(), long], 'table')).split('\n');
    for (const line of [first, second]) {
      expect(line.indexOf(KEY.slice(KEY.indexOf('/') + 1))).toBe(header.indexOf('KEY'));
      expect(line.indexOf(ROLE.slice(ROLE.lastIndexOf('/') + 1))).toBe(header.indexOf('PRINCIPAL'));
    }
  });

  test('says why a use failed and which job it is of', async () => {
    const row = aRow({
      outcome: 'denied',
      errorCode: 'AccessDenied',
      attribution: { status: 'probable', jobs: [{ arn: JOB, type: 'training-job', reasons: [] }] },
    });
    const text = await textOf([row], 'table');
    expect(text).toContain('denied (AccessDenied)');
    expect(text).toContain(`probable ${JOB.slice(JOB.lastIndexOf('/') + 1)}`);
  });

  test('is nothing where there are no rows: what is said beside it says why', async () => {
    expect(await textOf([], 'table')).toBe('');
  });

  test('shows what a terminal would act on, escaped', async () => {
    const text = await textOf([aRow({ operation: HOSTILE, errorCode: HOSTILE, keyArn: HOSTILE })], 'table');
    expect(actedOn(text)).toEqual([]);
    expect(text).toContain('a\\u{1b}[31m\\u{9b}2J\\u{202e}\\u{2028}\\u{d}\\u{a}');
  });
});

describe.each(USAGE_FORMATS)('written as %s', (format) => {
  test('rows are not asked for faster than they are read', async () => {
    let asked = 0;
    async function* endless() {
      for (;;) {
        asked += 1;
        yield aRow();
      }
    }
    const stalled = Promise.withResolvers<void>();
    const output = new Writable({ highWaterMark: 1, write: () => stalled.resolve() });
    const writing = writeUsage(endless(), format, output);
    await stalled.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBeLessThan(5_000);
    output.destroy();
    await writing;
  });

  test('a reader that goes away ends it quietly, and the rows are let go of', async () => {
    let released = false;
    async function* endless() {
      try {
        for (;;) yield aRow();
      } finally {
        released = true;
      }
    }
    const head = spawn('head', ['-c', '10'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await Promise.all([writeUsage(endless(), format, head.stdin), once(head, 'exit')]);
    expect(released).toBe(true);
  });

  test('a failure of the history is not taken for that', async () => {
    async function* failing(): AsyncGenerator<UsageRow> {
      yield aRow();
      throw new Error('store');
    }
    const output = new Writable({ write: (_chunk, _encoding, done) => done() });
    await expect(writeUsage(failing(), format, output)).rejects.toThrow('store');
  });

  test('the output is left open', async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done() });
    await writeUsage(from(rowsASecondApart(3)), format, output);
    expect(output.writable).toBe(true);
  });
});
