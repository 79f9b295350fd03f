import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../simulator/random.ts';
import { sampleAccount } from '../../simulator/simulation-options.ts';
import { writeSimulation } from '../../simulator/write-simulation.ts';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { createApi } from '../../src/api/app.ts';
import { questionsOf } from '../../src/api/questions-of.ts';
import { openEmbeddedStore } from '../../src/embedded/embedded-store.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { keytrail } from '../cli/keytrail.ts';

/** Bits flipped, each in a store of its own. `KEYTRAIL_FUZZ_RUNS=300` is the long run. */
const RUNS = Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? 24);
const SEED =
  process.env['KEYTRAIL_FUZZ_SEED'] === 'random'
    ? Math.floor(Math.random() * 2 ** 32)
    : Number(process.env['KEYTRAIL_FUZZ_SEED'] ?? 1);

const PAGE_BYTES = 8_192;
const NOW_MS = Date.parse('2026-03-20T00:00:00Z');

let folder: string;
let data: string;
let urls: string[];
let sound: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keytrail-damage-'));
  const logs = join(folder, 'logs');
  data = join(folder, 'data');
  writeSimulation(logs, { ...sampleAccount, uses: 600, days: 3 }, {});
  const ended = await keytrail(['import', logs], { env: { KEYTRAIL_DATA: data } });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  urls = await everyQuestion();
  sound = (await answers(data)) as ReadonlyMap<string, string>;
  expect(urls.length).toBeGreaterThan(40);
  expect([...sound.values()].every((answer) => answer.startsWith('200 '))).toBe(true);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** One bit anywhere; every other one where SQLite keeps the structure of a page, which hides most. */
function flippedBit(bytes: Buffer, random: Random, isStructure: boolean): Buffer {
  const page = random.int(bytes.length / PAGE_BYTES) * PAGE_BYTES;
  const at = isStructure ? page + random.int(120) : random.int(bytes.length);
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << random.int(8));
  return flipped;
}

test(`one flipped bit, ${RUNS} times (seed ${SEED}): each question says so or answers the same`, async () => {
  const random = new Random('damage', SEED);
  const bytes = readFileSync(join(data, 'history.sqlite'));
  let said = 0;
  for (let run = 0; run < RUNS; run++) {
    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    for (const name of readdirSync(data)) copyFileSync(join(data, name), join(damaged, name));
    writeFileSync(join(damaged, 'history.sqlite'), flippedBit(bytes, random, run % 2 === 1));
    const answered = await answers(damaged);
    if (answered instanceof KeytrailError) said++;
    else {
      const differing = [...sound].filter(([url, answer]) => answered.get(url) !== answer);
      const silent = differing.filter(([url]) => !answered.get(url)?.startsWith('500 '));
      expect({ run, silent: silent.map(([url]) => url) }).toEqual({ run, silent: [] });
      if (differing.length > 0) said++;
    }
    rmSync(damaged, { recursive: true });
  }
  // Most bits are of some row: were none of them noticed, nothing would be checked.
  expect(said).toBeGreaterThan(RUNS / 3);
}, 600_000);

async function everyQuestion(): Promise<string[]> {
  const store = await openEmbeddedStore(data, { mode: 'read' });
  try {
    const ask = asker(store.table);
    const idsOf = async (path: string, member: string) => {
      const { items } = JSON.parse((await ask(`${path}?limit=1000`)).slice(4)) as {
        items: Record<string, string>[];
      };
      return items.map((item) => `${path}/${encodeURIComponent(item[member] ?? '')}`);
    };
    return [
      '/v1/usage?limit=1000',
      '/v1/usage?limit=1000&order=desc',
      '/v1/usage?outcome=denied&limit=1000',
      ...['key', 'principal', 'job', 'operation', 'hour', 'day,key', 'status'].map(
        (groupBy) => `/v1/usage/summary?limit=1000&groupBy=${groupBy}`,
      ),
      '/v1/keys?limit=1000',
      '/v1/principals?limit=1000',
      '/v1/jobs?limit=1000',
      '/v1/alerts?limit=1000',
      ...(await idsOf('/v1/keys', 'arn')),
      ...(await idsOf('/v1/principals', 'id')),
      ...(await idsOf('/v1/jobs', 'arn')),
      ...(await idsOf('/v1/alerts', 'id')),
      ...(await idsOf('/v1/usage', 'eventId')).filter((_, index) => index % 50 === 0),
    ];
  } finally {
    await store.close();
  }
}

function asker(table: Parameters<typeof questionsOf>[0]): (url: string) => Promise<string> {
  const app = createApi({
    ...questionsOf(table, DEFAULT_DETECTION_SETTINGS, () => NOW_MS),
    now: () => NOW_MS,
    operator: 'tester',
    randomUuid: () => 'correlation',
    reportFailure: () => {},
  });
  return async (url) => {
    const answer = await app.request(url);
    return `${answer.status} ${await answer.text()}`;
  };
}

/** What each question is answered; the error where the store does not open. */
async function answers(path: string): Promise<ReadonlyMap<string, string> | KeytrailError> {
  let store: Awaited<ReturnType<typeof openEmbeddedStore>>;
  try {
    store = await openEmbeddedStore(path, { mode: 'read' });
  } catch (error) {
    if (error instanceof KeytrailError) return error;
    throw error;
  }
  try {
    const ask = asker(store.table);
    const found = new Map<string, string>();
    for (const url of urls) found.set(url, await ask(url));
    return found;
  } finally {
    await store.close();
  }
}
