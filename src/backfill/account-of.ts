import { objectIn } from '../cloudtrail/json-members.ts';
import { EVENT_SOURCES } from './event-lookup.ts';
import type { PacedLookup } from './paced-lookup.ts';

const ACCOUNT = /^\d{12}$/;

/**
 * The account whose events are looked up: that of the credentials if they name it, else the recipient of the newest
 * events, which takes no further permission. Undefined where there are no events, and so no progress to remember, or
 * where no time is left.
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
