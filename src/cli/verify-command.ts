import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { examples } from './help.ts';
import { verifySealedHistory } from './verify-sealed-history.ts';

export function addVerifyCommand(program: Command, context: CommandContext): void {
  program
    .command('verify')
    .description('Prove the sealed history untouched, or name what is not as it was sealed.')
    .option('--since <file>', 'also prove that it extends the checkpoint in this file')
    .addHelpText('after', examples('keytrail verify', 'keytrail verify --since checkpoint-of-january'))
    .action(({ since }: { since?: string }) => verifySealedHistory(context, since));
}
