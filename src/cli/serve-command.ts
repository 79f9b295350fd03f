import { type Command, InvalidArgumentError } from 'commander';
import { createApi } from '../api/app.ts';
import { questionsOf } from '../api/questions-of.ts';
import { serveLocally } from '../api/serve/http-server.ts';
import { keepHeapSmall } from '../embedded/tune-heap.ts';
import { sealAll } from '../history/seal/seal-day.ts';
import { sweep } from '../history/seal/sweep.ts';
import { newUuid } from '../randomness.ts';
import type { CommandContext, Output } from './command-context.ts';
import { detectPeriodically } from './detect-in-store.ts';
import { examples } from './help.ts';
import { openStore } from './open-store.ts';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly maskDetails?: boolean;
}

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('Serve the API over the history. Other commands work on the same data folder meanwhile.')
    .option('--port <port>', 'port to listen on', portOf, 8080)
    .option('--host <host>', 'address to listen on; another than loopback needs --token', '127.0.0.1')
    .option('--token <token>', 'what every request must bear as `Authorization: Bearer`')
    .option('--mask-details', 'mask encryption contexts, addresses and programs in every answer')
    .addHelpText(
      'after',
      examples('keytrail serve --port 8080', 'KEYTRAIL_TOKEN=$(cat token) keytrail serve --host 0.0.0.0'),
    )
    .action(async (options: ServeOptions) => {
      keepHeapSmall();
      const store = await openStore(context.settings(), 'create');
      try {
        // An import that was cut off left what it had read unsealed.
        await sealAll(store.table, newUuid(), 'serve');
        await sweep(store.table);
        const app = createApi({
          ...questionsOf(store.table, context.settings().detection, context.now),
          now: context.now,
          isMasking: options.maskDetails === true,
          operator: context.userName(),
          randomUuid: newUuid,
          reportFailure: (error, correlationId) => report(context.stderr, error, correlationId),
        });
        const server = await serveLocally({
          app,
          host: options.host,
          port: options.port,
          reportFailure: (error) => report(context.stderr, error, 'connection'),
          ...(options.token === undefined ? {} : { token: options.token }),
        });
        const detection = detectPeriodically(store, context, server.url);
        context.stderr.write(`Keytrail answers on ${server.url}/v1/usage; end it with Ctrl-C.\n`);
        await context.untilStopped();
        await detection.stop();
        await server.close();
      } finally {
        await store.close();
      }
    });
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
