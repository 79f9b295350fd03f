import type { Command } from 'commander';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { accessKeyHashKey } from '../ingest/access-key-hash-key.ts';
import { type DiscardedItem, discardedItems, discardQuarantined } from '../ingest/discard-quarantined.ts';
import { type QuarantinedItem, quarantinedItems } from '../ingest/quarantine.ts';
import { RecordGatherer } from '../ingest/record-gatherer.ts';
import { type Retried, retryQuarantined } from '../ingest/retry-quarantined.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { concludeSealing } from '../proof/conclude-sealing.ts';
import { newUuid } from '../randomness.ts';
import type { Table } from '../table/table.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import { isoTime } from '../utc-time.ts';
import type { CommandContext } from './command-context.ts';
import { examples } from './help.ts';
import { type OpenStore, withStore } from './open-store.ts';

export function addQuarantineCommand(program: Command, context: CommandContext): void {
  const quarantine = program
    .command('quarantine')
    .description('List, retry or discard the records that could not be understood.')
    .helpCommand(false)
    .addHelpText('after', examples('keytrail quarantine list'));
  quarantine
    .command('list')
    .description('Print what is in quarantine: id, reason and where it came from.')
    .option('--discarded', 'print what was discarded instead, by whom and why')
    .option('--json', 'print one object a line')
    .addHelpText('after', examples('keytrail quarantine list --json'))
    .action(({ json, discarded }: { json?: true; discarded?: true }) =>
      withStore(context.settings(), 'read', ({ table }) =>
        discarded === true
          ? listDiscarded(context, table, json === true)
          : list(context, table, json === true),
      ),
    );
  quarantine
    .command('retry')
    .description('Read records again: those that this version understands go into the history.')
    .argument('[id...]', 'ids that `list` prints; everything when there are none')
    .addHelpText('after', examples('keytrail quarantine retry'))
    .option('--json', 'print one summary object on stdout')
    .action((ids: string[], { json }: { json?: boolean }) =>
      withStore(context.settings(), 'change', async (store) => {
        const retried = await retry(context, store, ids);
        context.stdout.write(json ? `${JSON.stringify(retried)}\n` : wordsOf(retried));
      }),
    );
  quarantine
    .command('discard')
    .description('Delete records from quarantine for good; that they were there stays on record.')
    .argument('<id...>', 'ids that `list` prints')
    .requiredOption('--reason <text>', 'why they are not needed, for later readers')
    .addHelpText('after', examples('keytrail quarantine discard 5f0c…e1 --reason "a test file"'))
    .action((ids: string[], { reason }: { reason: string }) =>
      withStore(context.settings(), 'change', (store) => discard(context, store, ids, reason)),
    );
}

/** An empty table would look like "nothing is wrong", or like "nothing was read": it says which. */
async function list({ stdout, stderr }: CommandContext, table: Table, isJson: boolean): Promise<void> {
  let isEmpty = true;
  for await (const item of quarantinedItems(table)) {
    isEmpty = false;
    stdout.write(isJson ? jsonOf(item) : lineOf(item));
  }
  if (isEmpty) stderr.write('Nothing is in quarantine: all that was read was understood.\n');
}

async function listDiscarded(
  { stdout, stderr }: CommandContext,
  table: Table,
  isJson: boolean,
): Promise<void> {
  const items = await discardedItems(table);
  for (const item of items) stdout.write(isJson ? discardedJson(item) : discardedLine(item));
  if (items.length === 0) stderr.write('Nothing was discarded.\n');
}

async function discard(
  { stdout, userName, now }: CommandContext,
  { table, large }: OpenStore,
  ids: readonly string[],
  reason: string,
): Promise<void> {
  if (reason.trim() === '') throw new KeytrailError('bad-usage', '--reason must say why in words.');
  const wanted = new Set(ids);
  const discarded = await discardQuarantined(table, large, wanted, {
    by: userName(),
    timeMs: now(),
    reason,
  });
  if (discarded.length > 0) stdout.write(`${discarded.length} entries were discarded.\n`);
  refuseUnknown(discarded.length, wanted.size);
}

async function retry(
  { now, stderr }: CommandContext,
  { table, large, signer }: OpenStore,
  ids: readonly string[],
): Promise<Retried> {
  const wanted = ids.length === 0 ? undefined : new Set(ids);
  const gatherer = new RecordGatherer(await accessKeyHashKey(table), now, true);
  const retried = await retryQuarantined(table, large, gatherer, wanted);
  await sealAll(table, newUuid(), 'quarantine');
  const { unsigned } = await concludeSealing(table, signer);
  if (unsigned !== undefined) stderr.write(`${terminalText(unsigned)}\n`);
  await sweep(table);
  const found = retried.understood + retried.left + retried.withoutBytes;
  if (wanted !== undefined) refuseUnknown(found, wanted.size);
  return retried;
}

/** @throws KeytrailError `not-found` */
function refuseUnknown(found: number, wanted: number): void {
  if (found === wanted) return;
  throw new KeytrailError(
    'not-found',
    'Some of these ids are not in quarantine; `keytrail quarantine list` prints those that are.',
  );
}

function lineOf({ id, code, reason, source }: QuarantinedItem): string {
  return `${id}  ${code}  ${terminalText(source)}: ${terminalText(reason)}\n`;
}

function jsonOf({ key: _, bytes, kept, ...item }: QuarantinedItem): string {
  const isKept = bytes !== undefined || kept !== undefined;
  return `${terminalJson(JSON.stringify({ ...item, isKept }))}\n`;
}

function discardedLine({
  id,
  source,
  reason,
  discarded: { by, timeMs, reason: why },
}: DiscardedItem): string {
  return `${id}  ${terminalText(source)}: ${terminalText(reason)} Discarded by ${terminalText(by)} at ${isoTime(timeMs)}: ${terminalText(why)}\n`;
}

function discardedJson({ discarded: { by, timeMs, reason }, ...item }: DiscardedItem): string {
  return `${terminalJson(JSON.stringify({ ...item, discarded: { by, time: isoTime(timeMs), reason } }))}\n`;
}

function wordsOf({ understood, left, withoutBytes }: Retried): string {
  const lines = [`${understood} entries are understood now and in the history; ${left} are not, and stay.`];
  if (withoutBytes > 0) {
    lines.push(`The bytes of ${withoutBytes} were not kept: read the files that they came from again.`);
  }
  return `${lines.join('\n')}\n`;
}
