import type { Command } from 'commander';
import { instant } from '../api/parameter-kinds.ts';
import { type BackfillResult, backfill } from '../backfill/backfill.ts';
import type { Window } from '../backfill/checkpoint.ts';
import { openEventLookup } from '../backfill/event-lookup.ts';
import { PacedLookup } from '../backfill/paced-lookup.ts';
import { steadyNow } from '../clock.ts';
import type { OriginCounts } from '../history/append/append.ts';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { concludeSealing } from '../proof/conclude-sealing.ts';
import { newUuid } from '../randomness.ts';
import { countLateEvents } from '../retention/late-facts.ts';
import { terminalJson, terminalText } from '../text/terminal-text.ts';
import type { CommandContext } from './command-context.ts';
import { examples } from './help.ts';
import { openStore } from './open-store.ts';
import { ProgressBar } from './progress-bar.ts';
import { thisProcess } from './this-process.ts';
import { untilInterrupted } from './until-interrupted.ts';

const HELP = `
CloudTrail keeps the events of KMS and SageMaker for 90 days, with or without a
trail, and answers two requests of 50 events a second for an account and Region:
for those of the ordinary AWS variables and profiles (AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL_CLOUDTRAIL …). It takes cloudtrail:LookupEvents.
The same command again goes on where it was left.`;

interface BackfillFlags {
  readonly from: number;
  readonly to: number;
  readonly again?: boolean;
  readonly json?: boolean;
}

interface Backfilled {
  readonly result: BackfillResult;
  readonly sealed: OriginCounts;
  /** As of an import. */
  readonly expired: number;
  readonly seconds: number;
}

export function addBackfillCommand(program: Command, context: CommandContext): void {
  program
    .command('backfill')
    .description("Read missed events out of CloudTrail's event history (LookupEvents) into the history.")
    .requiredOption('--from <time>', 'first time, inclusive', (text) => timeOf('from', text))
    .requiredOption('--to <time>', 'last time, exclusive', (text) => timeOf('to', text))
    .option('--again', 'read from the start, also what was read before')
    .option('--json', 'print one summary object on stdout')
    .addHelpText('after', HELP)
    .addHelpText('after', examples('keytrail backfill --from 2026-11-01 --to 2026-11-02'))
    .action(async (flags: BackfillFlags) => {
      const { from: fromMs, to: toMs } = flags;
      if (fromMs >= toMs) throw new KeytrailError('bad-usage', '--from must be before --to.');
      const done = await backfillInto(context, { fromMs, toMs }, flags.again === true);
      context.stdout.write(flags.json ? `${terminalJson(JSON.stringify(summaryOf(done)))}\n` : wordsOf(done));
      const { remarks, failure } = done.result;
      for (const sentence of remarks) context.stderr.write(`${sentence}\n`);
      if (failure !== undefined) context.stderr.write(`${terminalText(failure.message)}\n`);
      if (failure !== undefined || done.result.isPartlyTooOld) context.fail();
    });
}

/** As of the usage command. */
function timeOf(name: string, text: string): number {
  const reading = instant.read(name, text);
  if (reading.kind === 'good') return reading.value;
  throw new KeytrailError('bad-usage', `--${name} ${reading.reason}.`);
}

/** Resolves when everything read is durable. */
async function backfillInto(context: CommandContext, window: Window, isAgain: boolean): Promise<Backfilled> {
  const started = steadyNow();
  const lookup = await openEventLookup();
  try {
    const store = await openStore(context.settings(), 'create');
    const bar = new ProgressBar(context.stderr);
    const origin = newUuid();
    try {
      return await untilInterrupted(context, async (signal) => {
        const { now, sleep } = context;
        const result = await backfill(window, {
          now,
          sleep,
          table: store.table,
          keepLarge: store.large.keep,
          lookup: new PacedLookup(lookup, { now, sleep }),
          holder: thisProcess(origin),
          origin,
          isAgain,
          onProgress: (readMs, ofMs) => {
            signal.throwIfAborted();
            bar.update({ phase: 'reading minute', done: minutes(readMs), of: minutes(ofMs) });
          },
        });
        // Also seals what an interrupted run left.
        const sealed = await sealAll(store.table, origin, 'backfill', {
          onDay: (_, done, of) => {
            signal.throwIfAborted();
            bar.update({ phase: 'sealing day', done, of });
          },
        });
        const { unsigned } = await concludeSealing(store.table, store.signer);
        if (unsigned !== undefined) context.stderr.write(`${terminalText(unsigned)}\n`);
        await sweep(store.table);
        const expired = await countLateEvents(store.table, origin);
        return { result, sealed, expired, seconds: Math.round(steadyNow() - started) / 1_000 };
      });
    } finally {
      bar.stop();
      await store.close();
    }
  } finally {
    lookup.close();
  }
}

function minutes(milliseconds: number): number {
  return Math.floor(milliseconds / 60_000);
}

function summaryOf({ result, sealed, expired, seconds }: Backfilled) {
  return {
    events: result.events,
    kmsEvents: result.kmsEvents,
    usageRows: sealed.rows,
    // Counted as an import counts them: rows that another process seals meanwhile are appended and counted again.
    duplicates: result.kmsEvents - result.quarantinedKms - sealed.fresh - sealed.folded - expired,
    folded: sealed.folded,
    ...(expired === 0 ? {} : { expired }),
    jobEvents: result.jobEvents,
    quarantinedCount: result.quarantinedCount,
    requests: result.requests,
    seconds,
    isComplete: result.isComplete,
  };
}

function wordsOf(done: Backfilled): string {
  const summary = summaryOf(done);
  const lines = [
    `Read ${summary.events} events with ${summary.requests} requests in ${summary.seconds.toFixed(1)} s.`,
    `${summary.kmsEvents} KMS events: ${summary.usageRows} new rows, ${summary.duplicates} duplicates, ${summary.folded} folded copies.`,
    `${summary.jobEvents} SageMaker events.`,
  ];
  if (summary.quarantinedCount > 0) {
    lines.push(`${summary.quarantinedCount} could not be understood and are in quarantine.`);
  }
  if (done.result.wasReadBefore) lines.push('It had been read before; --again reads it from the start.');
  else if (summary.isComplete) lines.push('That is all there is.');
  return `${lines.join('\n')}\n`;
}
