import type { Customs } from '../../test/join-accounts/customs.ts';
import { makeJoinAccount } from '../../test/join-accounts/make-join-account.ts';
import { RecordsRead } from './account-of-records.ts';
import type { JoinAccount, TrueUse } from './judged-account.ts';

/** An account of the independent generator. */
export function madeAccount(
  seed: number,
  size: 'small' | 'month',
  customs: Partial<Customs> = {},
): JoinAccount {
  const made = makeJoinAccount(seed, size, customs);
  const read = new RecordsRead();
  for (const value of made.records) {
    read.add(value);
  }
  const truth = new Map(
    made.truth.map((line): [string, TrueUse] => [
      line.eventId,
      {
        jobArn: line.jobArn,
        isJobKnown: line.jobKnown === true && line.roleKnown !== false,
        ...(line.authorJobArn === undefined ? {} : { authorJobArn: line.authorJobArn }),
        ...(line.withinArn === undefined ? {} : { withinArn: line.withinArn }),
        class: line.class,
      },
    ]),
  );
  return { name: `made, seed ${seed}`, uses: read.uses(), truth, evidence: read.evidence() };
}
