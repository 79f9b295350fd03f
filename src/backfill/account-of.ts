import { objectIn } from '../cloudtrail/json-members.ts';
import { EVENT_SOURCES } from './event-lookup.ts';
import type { PacedLookup } from './paced-lookup.ts';

const ACCOUNT = /^\d{12}$/;

/**
 * The account whose events are looked up: the credentials' where they tell it, else as the newest events say, whose
 * recipient it is. That takes no permission besides the one to look up. Undefined where there are no events, and
 * so nothing to remember of reading them, or no time.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export async function accountOf(lookup: PacedLookup): Promise<string | undefined> {
  if (lookup.accountId !== undefined) return lookup.accountId;
  // Keys are used everywhere, SageMaker is not.
  for (const source of EVENT_SOURCES.toReversed()) {
    const answer = await lookup.ask(source);
    if (answer.kind !== 'page') continue;
    for (const { record } of answer.page.events) {
      const accountId = objectIn<'recipientAccountId'>(record)?.recipientAccountId;
      if (typeof accountId !== 'string' || !ACCOUNT.test(accountId)) continue;
      lookup.accountId = accountId;
      return accountId;
    }
  }
  return undefined;
}
