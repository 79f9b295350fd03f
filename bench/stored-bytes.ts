// Run by hand: node bench/stored-bytes.ts [--uses 1000000] [--days 30] [--busy-days 3] [--input DIR | --keep] [--no-build]
// What a row takes in the table once it is sealed and swept, every item counted as DynamoDB counts them: of an
// imported month with its sparse keys, and of keys that are used 1,000, 5,000 and 20,000 times a day; and what of it
// comes of joining uses to jobs.
import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { appendSegments, SegmentBuilder } from '../src/history/append/append.ts';
import { putReadSources, type ReadSource } from '../src/history/append/read-sources.ts';
import { appendJobFacts } from '../src/history/evidence/evidence-items.ts';
import { sourceIdOf } from '../src/history/facts/source.ts';
import { sealAll } from '../src/history/seal/seal-day.ts';
import { sweep } from '../src/history/seal/sweep.ts';
import type { ImportSummary } from '../src/import/import-tally.ts';
import type { KeyUse } from '../src/kms/key-use.ts';
import { contentName } from '../src/table/content-name.ts';
import { busyKeys } from './busy-keys.ts';
import { runNode, runProgram } from './child-process.ts';
import { factsOfJob, listed } from './facts-of-jobs.ts';
import { printResult, printTable, say } from './print.ts';
import { BILLED_OVERHEAD_BYTES, type StoredBytes, storedBytes } from './scan-table.ts';
import { type MonthOptions, simulatedMonth } from './simulated-month.ts';
import { rounded, sum } from './statistics.ts';
import { inWorkFolder, WORK_FOLDER_OPTIONS } from './work-folder.ts';

const KINDS: Readonly<Record<string, string>> = {
  D: 'days',
  C: 'chunks of rows',
  R: 'roots and directories',
  U: 'pointers of principals',
  I: 'event ids',
  P: 'pages of key-days',
  Y: 'pages of job-days',
  T: 'what judgements hang on',
  J: 'job facts',
  N: 'job facts that came last',
  G: 'aliases that jobs declare',
  K: 'keys',
  A: 'aliases',
  F: 'days by alias',
  X: 'addenda',
  M: 'the history',
  S: 'segments',
  L: 'sweep lists',
  O: 'counts',
  Q: 'quarantine',
  source: 'log files that were read',
};

const ROOT = join(import.meta.dirname, '..');
const BATCH_ROWS = 50_000;

/** About 5,000 rows a day for each key, from whole records: beside the leaner rows of `RealisticUses`. */
const SIMULATED_BUSY: MonthOptions = {
  uses: 80_000,
  days: 2,
  keys: 8,
  principals: 24,
  skew: 'uniform',
  other: 0,
};

const { values } = parseArgs({
  options: {
    ...WORK_FOLDER_OPTIONS,
    uses: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '30' },
    'busy-days': { type: 'string', default: '3' },
    'no-build': { type: 'boolean', default: false },
  },
});

interface Case {
  readonly name: string;
  readonly rows: number;
  readonly stored: StoredBytes;
}

async function ofSimulation(
  name: string,
  folder: string,
  options: MonthOptions,
  store: string,
): Promise<Case> {
  const month = await simulatedMonth(folder, options);
  say('Importing it…');
  const { stdout } = await runProgram([join(ROOT, 'dist', 'keytrail.js'), 'import', '--json', month.logs], {
    KEYTRAIL_DATA: store,
  });
  // What `import --json` prints.
  const { usageRows } = JSON.parse(stdout) as ImportSummary;
  const embedded = await openEmbeddedStore(store, { mode: 'create' });
  try {
    return { name, rows: usageRows, stored: await storedBytes(embedded) };
  } finally {
    await embedded.close();
  }
}

/** The log file that a use is in: CloudTrail delivers one for each account and Region about every five minutes. */
function fileOf({ accountId, region, eventTimeMs }: KeyUse, files: Map<string, ReadSource>): ReadSource {
  const time = new Date(Math.ceil(eventTimeMs / DELIVERY_MS) * DELIVERY_MS).toISOString();
  const day = time.slice(0, 10).replaceAll('-', '/');
  const file = `${accountId}_CloudTrail_${region}_${time.slice(0, 16).replace(/[-:]/g, '')}Z`;
  const folder = `s3://organization-trail-logs/AWSLogs/o-a1b2c3d4e5/${accountId}/CloudTrail/${region}`;
  const sha256 = hash('sha256', file, 'hex');
  // Each name ends in sixteen characters that are unique to it.
  const name = `${folder}/${day}/${file}_${sha256.slice(0, 16)}.json.gz`;
  const known = files.get(name);
  if (known !== undefined) return known;
  const made = {
    kind: 'object',
    name,
    content: contentName(Buffer.from(file)),
    sha256,
    uses: 1,
    refused: 0,
    reader: 1,
  } as const;
  files.set(name, made);
  return made;
}

const DELIVERY_MS = 5 * 60_000;

/** @param isJoined whether what records tell of the jobs is known */
async function ofBusyKeys(rowsADay: number, isJoined: boolean, store: string): Promise<Case> {
  const uses = busyKeys({ rowsADay, days: Number(values['busy-days']) });
  const name = `keys of ${rowsADay} rows a day`;
  say(`${name}${isJoined ? '' : ', no job known'}…`);
  const embedded = await openEmbeddedStore(store, { mode: 'create' });
  try {
    const { table } = embedded;
    if (isJoined)
      await appendJobFacts(
        table,
        uses.jobs.flatMap((job) => listed(factsOfJob(job))),
      );
    const builder = new SegmentBuilder();
    const files = new Map<string, ReadSource>();
    for (let day = 0; day < uses.options.days; day++) {
      for (const hour of uses.day(day))
        for (const use of hour) builder.add(use, sourceIdOf(fileOf(use, files)));
      if (builder.rows >= BATCH_ROWS) await appendSegments(table, builder.finish(), 'bench');
    }
    await appendSegments(table, builder.finish(), 'bench');
    await putReadSources(table, [...files.values()]);
    const { rows } = await sealAll(table, 'bench', 'import');
    await sweep(table);
    return { name, rows, stored: await storedBytes(embedded) };
  } finally {
    await embedded.close();
  }
}

/** Bytes a row of some kinds of items. */
function bytesOf({ rows, stored }: Case, kinds: readonly string[]): number {
  return sum(kinds.map((kind) => stored.byKind[kind]?.bytes ?? 0)) / rows;
}

/** What of the bytes of a row comes of the join: beside the same rows where no job is known. */
function partOfJoin(joined: Case, unjoined: Case) {
  const more = (...kinds: string[]) => rounded(bytesOf(joined, kinds) - bytesOf(unjoined, kinds));
  return {
    name: joined.name,
    facts: more('J', 'N', 'G'),
    ties: more('T'),
    jobPages: more('Y'),
    chunks: more('C'),
    pages: more('P'),
    inAll: rounded(joined.stored.bytes / joined.rows - unjoined.stored.bytes / unjoined.rows),
    inAllUnjoined: rounded(unjoined.stored.bytes / unjoined.rows),
  };
}

await inWorkFolder('stored-bytes', values, async (folder) => {
  if (!values['no-build']) await runNode([join(ROOT, 'build.ts')]);
  const inStore = async (make: (store: string) => Promise<Case>): Promise<Case> => {
    const store = join(folder, 'store');
    rmSync(store, { recursive: true, force: true });
    try {
      return await make(store);
    } finally {
      rmSync(store, { recursive: true, force: true });
    }
  };
  const month = { uses: Number(values.uses), days: Number(values.days) };
  const cases = [
    await inStore((store) => ofSimulation(`${values.days} simulated days`, folder, month, store)),
    await inStore((store) => ofSimulation('8 simulated busy keys', folder, SIMULATED_BUSY, store)),
  ];
  const partsOfJoin: ReturnType<typeof partOfJoin>[] = [];
  for (const rowsADay of [1_000, 5_000, 20_000]) {
    const joined = await inStore((store) => ofBusyKeys(rowsADay, true, store));
    cases.push(joined);
    partsOfJoin.push(partOfJoin(joined, await inStore((store) => ofBusyKeys(rowsADay, false, store))));
  }
  const kinds = Object.keys(KINDS).filter((kind) =>
    cases.some(({ stored }) => stored.byKind[kind] !== undefined),
  );
  printTable(
    ['bytes a row', ...cases.map(({ name }) => name)],
    [
      ...kinds.map((kind) => [KINDS[kind] ?? kind, ...cases.map((each) => rounded(bytesOf(each, [kind])))]),
      ['all items', ...cases.map(({ rows, stored }) => rounded(stored.bytes / rows))],
      [
        `with ${BILLED_OVERHEAD_BYTES} bytes an item, as billed`,
        ...cases.map(({ rows, stored }) =>
          rounded((stored.bytes + stored.items * BILLED_OVERHEAD_BYTES) / rows),
        ),
      ],
      ['items', ...cases.map(({ stored }) => stored.items)],
      ['rows', ...cases.map(({ rows }) => rows)],
    ],
  );
  printTable(
    [
      'bytes a row of the join',
      'facts',
      'what judgements hang on',
      'pages of job-days',
      'in chunks',
      'in pages of key-days',
      'in all',
      'a row in all where no job is known',
    ],
    partsOfJoin.map((part) => Object.values(part)),
  );
  printResult('stored-bytes', {
    partsOfJoin,
    cases: cases.map(({ name, rows, stored }) => ({
      name,
      rows,
      items: stored.items,
      bytesARow: rounded(stored.bytes / rows),
      billedBytesARow: rounded((stored.bytes + stored.items * BILLED_OVERHEAD_BYTES) / rows),
      byKind: stored.byKind,
    })),
  });
});
