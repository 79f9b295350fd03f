import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';

const ROOT = join(import.meta.dirname, '..');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const cruiseSchema = z.object({
  summary: z.object({
    violations: z.array(z.object({ rule: z.object({ name: z.string() }), from: z.string(), to: z.string() })),
  }),
});

/** What `npm run layers` says of a source tree: a line for each violation. */
function violationsOf(sources: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'keytrail-layers-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules', '.bin', 'depcruise'),
      ...['--config', join(ROOT, '.dependency-cruiser.mjs'), '--output-type', 'json', 'src', 'handlers'],
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  const { violations } = cruiseSchema.parse(JSON.parse(stdout)).summary;
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort();
}

describe('a source tree', () => {
  const lower = {
    'src/kms/key-arn.ts': 'export type KeyArn = string;\nexport const isKeyArn = true;\n',
    'handlers/seal.ts':
      "import { isKeyArn } from '../src/kms/key-arn.ts';\nexport const handler = isKeyArn;\n",
  };

  test('passes where rooms import from those above them in the list', () => {
    expect(
      violationsOf({
        ...lower,
        'src/api/app.ts': "import { isKeyArn } from '../kms/key-arn.ts';\nexport const app = isKeyArn;\n",
      }),
    ).toEqual([]);
  });

  test('fails for a value, or a type alone, from a room further down, for a cycle, and for a folder of no room', () => {
    expect(
      violationsOf({
        ...lower,
        'src/api/app.ts':
          "import { isKeyArn } from '../kms/key-arn.ts';\nexport const app = isKeyArn;\nexport type App = typeof app;\n",
        'src/cloudtrail/record.ts': "import { app } from '../api/app.ts';\nexport const record = app;\n",
        'src/s3/object.ts': "import type { App } from '../api/app.ts';\nexport type ObjectOfApp = App;\n",
        'src/table/one.ts': "import { two } from './two.ts';\nexport const one = () => two;\n",
        'src/table/two.ts': "import { one } from './one.ts';\nexport const two = () => one;\n",
        'src/utils/text.ts': 'export const text = 1;\n',
        'src/utils/line.ts': "import { text } from './text.ts';\nexport const line = text;\n",
        'src/cli/print.ts': "import { text } from '../utils/text.ts';\nexport const print = text;\n",
      }),
    ).toEqual([
      'cloudtrail imports upwards: src/cloudtrail/record.ts → src/api/app.ts',
      'cycle: src/table/one.ts → src/table/two.ts',
      'imports from no room: src/utils/line.ts → src/utils/text.ts',
      'in no room: src/cli/print.ts → src/utils/text.ts',
      'in no room: src/utils/line.ts → src/utils/text.ts',
      's3 imports upwards: src/s3/object.ts → src/api/app.ts',
    ]);
  });
});
