import type { Command } from 'commander';
import { steadyNow } from '../clock.ts';
import { type ImportProgress, type ImportResult, importLogs } from '../import/import-logs.ts';
import type { ImportSummary } from '../import/import-tally.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { commandLine } from './command-line.ts';
import { detectInStore } from './detect-in-store.ts';
import { examples } from './help.ts';
import { openStore } from './open-store.ts';
import { counted, type Progress, ProgressBar } from './progress-bar.ts';
import { untilInterrupted } from './until-interrupted.ts';

const S3_HELP = `
S3 is read with the ordinary AWS variables and profiles (AWS_PROFILE,
AWS_REGION, AWS_ENDPOINT_URL_S3 …). It takes s3:ListBucket on the bucket,
s3:GetObject on the objects, and kms:Decrypt on the key that encrypts them.`;

/** Sentences printed about what cannot be read: a missing permission has one for every object. */
const PRINTED_UNREADABLE = 1_000;

export function addImportCommand(program: Command, context: CommandContext): void {
  program
    .command('import')
    .description(
      'Read CloudTrail log files (.json, .json.gz, whole AWSLogs/ trees) and EventBridge envelopes (.ndjson, .ndjson.gz) into the history, also out of what other tools wrap around them. Importing the same thing twice changes nothing.',
    )
    .argument('<path...>', 'files, folders, and s3://bucket/prefix for all objects whose keys begin so')
    .addHelpText('after', S3_HELP)
    .addHelpText(
      'after',
      examples('keytrail import path/to/AWSLogs', 'keytrail import s3://bucket/AWSLogs/ --data audit-2026'),
    )
    .option('--json', 'print one summary object on stdout')
    .option('--no-sign', 'do not sign the log of sealed days; `keytrail verify` then says so')
    .action(async (paths: string[], options: { json?: boolean; sign: boolean }) => {
      const { summary, unreadable, remarks, alerts } = await importInto(context, paths, options.sign);
      // Escaped, for the names of files in it are whoever's who named them.
      context.stdout.write(options.json ? `${terminalJson(JSON.stringify(summary))}\n` : wordsOf(summary));
      if (alerts !== undefined && alerts > 0 && options.json !== true) {
        context.stdout.write(
          `${alerts} alerts are new or changed; \`${commandLine(context, 'alerts')}\` shows them.\n`,
        );
      }
      for (const sentence of [...remarks, ...unreadable.slice(0, PRINTED_UNREADABLE)]) {
        context.stderr.write(`${terminalText(sentence)}\n`);
      }
      const unprinted = unreadable.length - PRINTED_UNREADABLE;
      if (unprinted > 0) context.stderr.write(`${unprinted} more cannot be read.\n`);
      if (unreadable.length > 0) context.fail();
    });
}

/** What an import gave, and how many alerts are new or changed by it. */
type Imported = ImportResult & { readonly alerts: number | undefined };

/** What it answers is on the disk. */
async function importInto(
  context: CommandContext,
  paths: readonly string[],
  isSigning: boolean,
): Promise<Imported> {
  const settings = context.settings();
  const store = await openStore(settings, 'create');
  const bar = new ProgressBar(context.stderr);
  try {
    return await untilInterrupted(context, async (signal) => {
      const result = await importLogs(paths, {
        table: store.table,
        ...(store.dataFolder === undefined ? {} : { dataFolder: store.dataFolder }),
        keepLarge: store.large.keep,
        signer: store.signer,
        isSigning,
        now: steadyNow,
        readMs: context.now(),
        threads: context.threads,
        objects: { isPathStyle: settings.isPathStyleS3 },
        signal,
        onProgress: (progress) => bar.update(progressOf(progress)),
      });
      let days = 0;
      const onDay = () => {
        signal.throwIfAborted();
        days++;
        bar.update({ phase: 'checking alerts, day', done: days, of: days });
      };
      return { ...result, alerts: await detectInStore(store, context, { onDay, isWaiting: true, signal }) };
    });
  } finally {
    bar.stop();
    await store.close();
  }
}

const PHASES = { listing: 'listing file', reading: 'reading file', sealing: 'sealing day' } as const;

function progressOf({ phase, done, of, records }: ImportProgress): Progress {
  const remark = phase === 'listing' ? {} : { remark: `${counted(records)} records` };
  return { phase: PHASES[phase], done, of, ...remark };
}

function unchangedWords({ unchangedFiles }: ImportSummary): string {
  return unchangedFiles === 0
    ? ''
    : ` ${unchangedFiles} other ${unchangedFiles === 1 ? 'file was read before and has' : 'files were read before and have'} not changed.`;
}

function wordsOf(summary: ImportSummary): string {
  const secondKeys =
    summary.secondKeys === 0 ? '' : ` (${summary.secondKeys} of them the second key of a ReEncrypt)`;
  const quarantinedKms = summary.quarantinedKms === 0 ? '' : `, ${summary.quarantinedKms} in quarantine`;
  const lines = [
    `Read ${summary.records} records in ${summary.files} files in ${summary.seconds.toFixed(1)} s.${unchangedWords(summary)}`,
    `${summary.kmsEvents} KMS events: ${summary.usageRows} new rows${secondKeys}, ${summary.duplicates} duplicates, ${summary.folded} folded copies${quarantinedKms}.`,
    `${summary.jobEvents} SageMaker events, ${summary.otherRecords} records of other services.`,
  ];
  if (summary.expired !== undefined) {
    lines.push(
      `${summary.expired} are of days that have expired: they are not shown, and will be taken away.`,
    );
  }
  if (summary.quarantinedCount > 0) {
    lines.push(`${summary.quarantinedCount} could not be understood and are in quarantine:`);
    for (const { source, reason } of summary.quarantined.slice(0, 10)) {
      lines.push(`  ${terminalText(source)}: ${reason}`);
    }
    if (summary.quarantinedCount > 10) lines.push('  … (--json lists up to 1,000)');
  }
  return `${lines.join('\n')}\n`;
}
