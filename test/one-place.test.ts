import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const sources = ['src', 'handlers'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`),
);

function filesWith(pattern: RegExp): string[] {
  return sources.filter((path) => pattern.test(readFileSync(join(ROOT, path), 'utf8'))).sort();
}

describe('what a run is given from outside is read in one place', () => {
  test.each([
    [
      'the clock',
      /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.now\b|\bhrtime\b|\bTemporal\.Now\b|node:perf_hooks/,
      'src/clock.ts',
    ],
    ['the environment', /\bprocess\.env\b|\bprocess\[|node:process/, 'src/environment.ts'],
    [
      'randomness',
      /\bMath\.random\b|\brandom(?:UUID|Bytes|Int|Fill|FillSync)\b|\bgetRandomValues\b|\bwebcrypto\b/,
      'src/randomness.ts',
    ],
  ])('%s', (_what, pattern, place) => {
    expect(filesWith(pattern)).toEqual([place]);
  });
});

describe('only shells take it from there; what they call has it as a parameter', () => {
  test.each([['clock'], ['environment']])('%s', (name) => {
    // A type alone is not the thing.
    const importing = filesWith(
      new RegExp(`^import \\{[^}]*\\} from '(?:\\.\\./)+(?:src/)?${name}\\.ts';`, 'm'),
    );
    expect(importing.length).toBeGreaterThan(0);
    expect(importing.filter((path) => !/^(?:src\/cli|handlers)\//.test(path))).toEqual([]);
  });
});
