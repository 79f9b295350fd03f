import { type Options, stringify } from 'csv-stringify/sync';
import type { UsageRow } from '../history/query/questions.ts';
import { terminalText } from '../text/terminal-text.ts';

type Cell = (row: UsageRow) => string | undefined;

const list = (values: readonly string[] | undefined): string | undefined => values?.join(' ');
const json = (value: object | undefined): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value);

/** The columns, named as the members of a row. Lists are separated by spaces; maps are JSON. */
const COLUMNS: Readonly<Record<string, Cell>> = {
  eventTime: (row) => row.eventTime,
  eventId: (row) => row.eventId,
  accountId: (row) => row.accountId,
  region: (row) => row.region,
  keyArn: (row) => row.keyArn,
  keyRef: (row) => row.keyRef,
  keyFrom: (row) => row.keyFrom,
  keyRole: (row) => row.keyRole,
  operation: (row) => row.operation,
  category: (row) => row.category,
  outcome: (row) => row.outcome,
  errorCode: (row) => row.errorCode,
  'principal.id': (row) => row.principal.id,
  'principal.type': (row) => row.principal.type,
  'principal.accountId': (row) => row.principal.accountId,
  'principal.session': (row) => row.principal.session,
  'principal.sourceIdentity': (row) => row.principal.sourceIdentity,
  'principal.via': (row) => row.principal.via,
  encryptionContext: (row) => json(row.encryptionContext),
  'grant.id': (row) => row.grant?.id,
  'grant.grantee': (row) => row.grant?.grantee,
  'grant.retiringPrincipal': (row) => row.grant?.retiringPrincipal,
  'grant.operations': (row) => list(row.grant?.operations),
  'grant.constraints': (row) => json(row.grant?.constraints),
  keyMaterialId: (row) => row.keyMaterialId,
  customKeyStoreId: (row) => row.customKeyStoreId,
  xksKeyId: (row) => row.xksKeyId,
  sourceIp: (row) => row.sourceIp,
  userAgent: (row) => row.userAgent,
  vpcEndpointId: (row) => row.vpcEndpointId,
  sharedEventId: (row) => row.sharedEventId,
  eventCategory: (row) => row.eventCategory,
  callId: (row) => row.callId,
  copies: (row) => list(row.copies),
  supersedes: (row) => row.supersedes,
  supersededBy: (row) => row.supersededBy,
  truncated: (row) => list(row.truncated),
  expected: (row) => row.expected,
  expectation: (row) => row.expectation,
  'attribution.status': (row) => row.attribution.status,
  'attribution.jobs': (row) => list(row.attribution.jobs.map((job) => job.arn)),
  'attribution.reasons': (row) =>
    json(row.attribution.reasons ?? row.attribution.jobs.flatMap((job) => job.reasons ?? [])),
  'attribution.authorJob': (row) => row.attribution.authorJob?.arn,
  'source.kind': (row) => row.source?.kind,
  'source.name': (row) => row.source?.name,
  'source.sha256': (row) => row.source?.sha256,
};

const CELLS = Object.values(COLUMNS);
const OPTIONS: Options = {
  // A spreadsheet would run a cell that begins like a formula, so such a cell gets a leading apostrophe.
  escape_formulas: true,
};

export const CSV_HEADER = stringify([Object.keys(COLUMNS)], OPTIONS);

/** Rows as CSV: RFC 4180, but lines end with LF. Texts are escaped for reading; JSON has the exact bytes. */
export function usageCsv(rows: readonly UsageRow[]): string {
  return stringify(
    rows.map((row) => CELLS.map((cell) => terminalText(cell(row) ?? ''))),
    OPTIONS,
  );
}
