import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`),
];

/** Files and folders of the checkout that a text names, up to a placeholder such as `<rule>`. */
function pathsIn(text: string): string[] {
  const paths = text.matchAll(
    /(?<![\w./-])(?:src|handlers|simulator|deploy|bench|test|docs)\/(?:[\w.-]+\/?)+/g,
  );
  return [...new Set([...paths].map(([path]) => path.replace(/[./]+$/, '')))];
}

/** Names of source files without a folder: `seal-rows.ts`. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`([a-z0-9.-]+\.ts)`/g)].map(([, name = '']) => name);
}

const sourceNames = new Set(
  ['src', 'handlers', 'simulator', 'deploy', 'bench', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => basename(path)),
  ),
);

test('paths are found in a text', () => {
  expect(
    pathsIn('See `src/kms/key-arn.ts`, docs/adr, [this](docs/jobs.md#runs). https://a.example/src/b.ts'),
  ).toEqual(['src/kms/key-arn.ts', 'docs/adr', 'docs/jobs.md']);
});

describe('every path that a document names is there', () => {
  test.each(documents)('%s', (document) => {
    const paths = pathsIn(readFileSync(join(ROOT, document), 'utf8'));
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

// A decision tells of the files of its time.
describe('every source file that a document names without its folder is there', () => {
  test.each(documents.filter((path) => !path.startsWith('docs/adr/')))('%s', (document) => {
    const names = namesIn(readFileSync(join(ROOT, document), 'utf8'));
    expect(names.filter((name) => !sourceNames.has(name) && !existsSync(join(ROOT, name)))).toEqual([]);
  });
});
