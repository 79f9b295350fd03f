import type { CloudTrailRecord } from './cloud-trail-record.ts';
import { textIn } from './json-members.ts';

/** The account and Region that hold of all records in an envelope or below a folder. */
export interface RecordPlace {
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}

/** `AWSLogs/[<organisation>/]<account>/CloudTrail/<Region>/`: CloudTrail User Guide, "Finding your CloudTrail log files". */
const IN_LOGS =
  /(?:^|[/\\])AWSLogs[/\\](?:o-[a-z0-9]+[/\\])?(\d{12})[/\\]CloudTrail[\w-]*[/\\]([a-z0-9-]+)[/\\]/;

/** The place of the records in a log file, by its path or key; undefined where it does not lie where CloudTrail lays it. */
export function placeOfPath(path: string): RecordPlace | undefined {
  const [, accountId, region] = IN_LOGS.exec(path) ?? [];
  return accountId === undefined ? undefined : { accountId, region };
}

/** The member of a record that contradicts its place; undefined where none does, or it does not say. */
export function contradictionOf(
  { recipientAccountId, awsRegion }: CloudTrailRecord,
  { accountId, region }: RecordPlace,
): 'recipientAccountId' | 'awsRegion' | undefined {
  const recordAccount = textIn(recipientAccountId);
  if (accountId !== undefined && recordAccount !== undefined && recordAccount !== accountId) {
    return 'recipientAccountId';
  }
  const recordRegion = textIn(awsRegion);
  return region !== undefined && recordRegion !== undefined && recordRegion !== region
    ? 'awsRegion'
    : undefined;
}
