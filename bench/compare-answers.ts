// Run by hand: node bench/compare-answers.ts --before DIR --after DIR [--input PATH]… [--ignore MEMBER]… [--keep]
// Whether two checkouts of Keytrail answer alike. Each imports the same log files with its own command line, serves
// them, and is asked the same questions; the answers must be the same, byte for byte. The inputs are the sample account
// and a month of 60,000 uses, both made by the first checkout's simulator, or what --input names. Exit code 1 tells
// that there are differences. Not compared: cursors, the seconds of an import, the clock's times in the history of an
// alert, and the order in which an import's threads found the quarantined records. --ignore leaves out a member of
// that name everywhere, for a change that is meant.
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Answered, sameText } from './compare/answered.ts';
import { type Checkout, openCheckout, runCli, simulated } from './compare/checkout.ts';
import { differences } from './compare/differences.ts';
import { askCommands, askServed } from './compare/questions.ts';
import { say } from './print.ts';
import { startServe } from './served-process.ts';
import { inWorkFolder } from './work-folder.ts';

const SHOWN_DIFFERENCES = 5;
const MONTH = ['--days', '30', '--uses', '60000', '--jobs', '12', '--threads', '2'];

const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    after: { type: 'string' },
    input: { type: 'string', multiple: true },
    ignore: { type: 'string', multiple: true, default: [] },
    keep: { type: 'boolean', default: false },
  },
});

/** Everything that one checkout says of one input. */
async function answersOf(checkout: Checkout, input: string, folder: string): Promise<Answered[]> {
  const store = mkdtempSync(join(folder, 'store-'));
  try {
    const imported = [
      await runCli(checkout, store, ['import', '--json', input]),
      await runCli(checkout, store, ['import', '--json', input]),
    ].map(({ text }, nth) => ({ question: `import, run ${nth + 1}`, text }));
    const serve = await startServe(checkout.program, store);
    let served: Answered[];
    try {
      served = await askServed(serve.url);
    } finally {
      await serve.end();
    }
    return [...imported, ...served, ...(await askCommands((args) => runCli(checkout, store, args)))];
  } finally {
    if (!values.keep) rmSync(store, { recursive: true, force: true });
  }
}

/** Prints the questions that are answered differently. */
function report(input: string, before: readonly Answered[], after: readonly Answered[]): number {
  const answers = new Map(after.map(({ question, text }) => [question, text]));
  const asked = new Set(before.map(({ question }) => question));
  const added = after.flatMap(({ question }) => (asked.has(question) ? [] : [question]));
  let count = added.length;
  for (const question of added) console.log(`${input}: only the second is asked ${question}`);
  for (const { question, text } of before) {
    const other = answers.get(question);
    if (other !== undefined && sameText(text, other, values.ignore)) continue;
    count++;
    console.log(`${input}: ${question}`);
    const found = other === undefined ? ['only the first is asked'] : differences(text, other, values.ignore);
    for (const line of found.slice(0, SHOWN_DIFFERENCES)) console.log(`    ${line}`);
    if (found.length > SHOWN_DIFFERENCES) console.log(`    … ${found.length - SHOWN_DIFFERENCES} more`);
  }
  say(`${input}: ${before.length} answers compared, ${count} differ.`);
  return count;
}

const { before: beforeFolder, after: afterFolder } = values;
if (beforeFolder === undefined || afterFolder === undefined)
  throw new Error('Name two checkouts: --before DIR --after DIR.');
await inWorkFolder('compare', { keep: values.keep }, async (folder) => {
  const before = await openCheckout(beforeFolder);
  const after = await openCheckout(afterFolder);
  const inputs = values.input?.map((path) => resolve(path)) ?? [
    await simulated(before, join(folder, 'sample'), ['--preset', 'sample']),
    await simulated(before, join(folder, 'month'), MONTH),
  ];
  let count = 0;
  for (const input of inputs) {
    say(`Asking about ${input}…`);
    const answers = [];
    for (const checkout of [before, after]) answers.push(await answersOf(checkout, input, folder));
    const [first = [], second = []] = answers;
    count += report(basename(input), first, second);
  }
  if (count > 0) process.exitCode = 1;
});
