import type { Command } from 'commander';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { accessKeyHashKey } from '../ingest/access-key-hash-key.ts';
import { type QuarantinedItem, quarantinedItems } from '../ingest/quarantine.ts';
import { RecordGatherer } from '../ingest/record-gatherer.ts';
import { type Retried, retryQuarantined } from '../ingest/retry-quarantined.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { newUuid } from '../randomness.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { examples } from './help.ts';
import { type OpenStore, withStore } from './open-store.ts';

export function addQuarantineCommand(program: Command, context: CommandContext): void {
  const quarantine = program
    .command('quarantine')
    .description('List or retry the records that could not be understood.')
    .helpCommand(false)
    .addHelpText('after', examples('keytrail quarantine list'));
  quarantine
    .command('list')
    .description('Print what is in quarantine: id, reason and where it came from.')
    .addHelpText('after', examples('keytrail quarantine list --json'))
    .option('--json', 'print one object a line')
    .action(({ json }: { json?: boolean }) =>
      withStore(context.settings(), 'read', async ({ table }) => {
        for await (const item of quarantinedItems(table)) {
          context.stdout.write(json ? jsonOf(item) : lineOf(item));
        }
      }),
    );
  quarantine
    .command('retry')
    .description('Read records again: those that this version understands go into the history.')
    .argument('[id...]', 'ids that `list` prints; everything when there are none')
    .addHelpText('after', examples('keytrail quarantine retry'))
    .option('--json', 'print one summary object on stdout')
    .action((ids: string[], { json }: { json?: boolean }) =>
      withStore(context.settings(), 'change', async (store) => {
        const retried = await retry(store, ids);
        context.stdout.write(json ? `${JSON.stringify(retried)}\n` : wordsOf(retried));
      }),
    );
}

async function retry({ table, large }: OpenStore, ids: readonly string[]): Promise<Retried> {
  const wanted = ids.length === 0 ? undefined : new Set(ids);
  const gatherer = new RecordGatherer(await accessKeyHashKey(table));
  const retried = await retryQuarantined(table, large, gatherer, wanted);
  await sealAll(table, newUuid(), 'quarantine');
  await sweep(table);
  const found = retried.understood + retried.left + retried.withoutBytes;
  if (wanted !== undefined && found < wanted.size) {
    throw new KeytrailError(
      'not-found',
      'Some of these ids are not in quarantine; `keytrail quarantine list` prints those that are.',
    );
  }
  return retried;
}

function lineOf({ id, code, reason, source }: QuarantinedItem): string {
  return `${id}  ${code}  ${terminalText(source)}: ${terminalText(reason)}\n`;
}

function jsonOf({ key: _, bytes, kept, ...item }: QuarantinedItem): string {
  const isKept = bytes !== undefined || kept !== undefined;
  return `${terminalJson(JSON.stringify({ ...item, isKept }))}\n`;
}

function wordsOf({ understood, left, withoutBytes }: Retried): string {
  const lines = [`${understood} entries are understood now and in the history; ${left} are not, and stay.`];
  if (withoutBytes > 0) {
    lines.push(`The bytes of ${withoutBytes} were not kept: read the files that they came from again.`);
  }
  return `${lines.join('\n')}\n`;
}
