import type { SeenInHistory } from '../../expectations/unmatched.ts';
import type { AliasFact } from '../../kms/alias-timeline.ts';
import { accountOfKeyArn, regionOfKeyArn } from '../../kms/key-arn.ts';
import { aliasesByKey, Directory, principalSummary } from './ask-keys.ts';
import type { HistoryView } from './history-view.ts';

/** Every key and principal that some row names. */
export async function askNames(
  view: HistoryView,
  aliases: ReadonlyMap<string, readonly AliasFact[]>,
): Promise<SeenInHistory> {
  const { keys, principals } = await Directory.of(view);
  const names = aliasesByKey(aliases);
  return {
    keys: [...keys.keys()].map((arn) => ({
      arn,
      aliases: names.get(arn) ?? [],
      accountId: accountOfKeyArn(arn),
      region: regionOfKeyArn(arn),
    })),
    principals: [...principals].map(([id, seen]) => principalSummary(id, seen)),
  };
}
