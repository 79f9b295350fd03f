import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { createApi } from '../api/app.ts';
import { questionsOf } from '../api/questions-of.ts';
import { keepHeapSmall } from '../embedded/tune-heap.ts';
import type { Environment } from '../environment.ts';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { concludeSealing } from '../proof/conclude-sealing.ts';
import { newUuid } from '../randomness.ts';
import { terminalText } from '../text/terminal-text.ts';
import type { CommandContext, Output } from './command-context.ts';
import { detectPeriodically } from './detect-in-store.ts';
import { errorSentence } from './error-sentence.ts';
import { serveInFront } from './front/serve-in-front.ts';
import { examples } from './help.ts';
import { openStore } from './open-store.ts';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly maskDetails?: boolean;
}

const TOKEN_HELP = `
Without a flag the token is that of the variable KEYTRAIL_TOKEN, if it is set.
On loopback none is needed.`;

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('Serve the API over the history. Other commands work on the same data folder meanwhile.')
    .option('--port <port>', 'port to listen on', portOf, 8080)
    .option('--host <host>', 'address to listen on; another than loopback needs a token', '127.0.0.1')
    .option('--token-file <file>', 'holds the token that every request must bear (`Authorization: Bearer`)')
    .option('--token <token>', 'the token itself, which every user of this machine can see')
    .option('--mask-details', 'mask encryption contexts, addresses and programs in every answer')
    .addHelpText('after', TOKEN_HELP)
    .addHelpText(
      'after',
      examples('keytrail serve --port 8080', 'keytrail serve --host 0.0.0.0 --token-file token'),
    )
    .action(async (options: ServeOptions) => {
      const token = tokenOf(options, context.env);
      keepHeapSmall();
      const store = await openStore(context.settings(), 'create');
      try {
        // An import that was cut off left what it had read unsealed.
        await sealAll(store.table, newUuid(), 'serve');
        const { unsigned } = await concludeSealing(store.table, store.signer);
        if (unsigned !== undefined) context.stderr.write(`${terminalText(unsigned)}\n`);
        await sweep(store.table);
        const app = createApi({
          ...questionsOf(store.table, context.settings().detection, context.now),
          now: context.now,
          isMasking: options.maskDetails === true,
          operator: context.userName(),
          randomUuid: newUuid,
          reportFailure: (error, correlationId) => report(context.stderr, error, correlationId),
        });
        const server = await serveInFront({
          app,
          host: options.host,
          port: options.port,
          reportFailure: (error) => report(context.stderr, error, 'connection'),
          ...(token === undefined ? {} : { token }),
          ...(store.dataFolder === undefined ? {} : { dataFolder: store.dataFolder }),
        });
        const detection = detectPeriodically(store, context, server.url);
        context.stderr.write(`Keytrail answers on ${server.url}; end it with Ctrl-C. Ask it, for example:\n`);
        context.stderr.write(`  ${curlOf(`${server.url}/v1/usage/summary?groupBy=key`, options, token)}\n`);
        await context.untilStopped();
        await detection.stop();
        await server.close();
      } finally {
        await store.close();
      }
    });
}

/** A command line that works as it is printed. */
function curlOf(url: string, { tokenFile }: ServeOptions, token: string | undefined): string {
  if (token === undefined) return `curl '${url}'`;
  const shown =
    tokenFile === undefined ? '$KEYTRAIL_TOKEN' : `$(cat '${tokenFile.replaceAll("'", `'\\''`)}')`;
  return `curl -H "Authorization: Bearer ${shown}" '${url}'`;
}

/** @throws KeytrailError `bad-usage` */
function tokenOf({ token, tokenFile }: ServeOptions, env: Environment): string | undefined {
  if (token !== undefined && tokenFile !== undefined)
    throw new KeytrailError('bad-usage', 'Give either --token-file or --token.');
  if (tokenFile === undefined) {
    const given = token ?? env['KEYTRAIL_TOKEN'];
    return given === '' ? undefined : given;
  }
  const held = readToken(tokenFile).trim();
  if (held === '') throw new KeytrailError('bad-usage', `${tokenFile} holds no token; write one into it.`);
  return held;
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KeytrailError('bad-usage', `--token-file: ${errorSentence(error)}`, { cause: error });
  }
}

/** For whoever runs the server; no text of a request or a record is in it. */
function report(stderr: Output, error: unknown, correlationId: string): void {
  const what =
    error instanceof Error ? `${error.name} ${error.stack?.split('\n')[1]?.trim() ?? ''}` : 'unknown';
  stderr.write(`${correlationId}: ${what}\n`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
