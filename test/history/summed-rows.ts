import type { GroupDimension, UsageGroup, UsageRow } from '../../src/history/query/questions.ts';
import { sortGroups } from '../oracle/oracle.ts';

/** The groups of rows, summed one by one. @param rows oldest first */
export function summedRows(rows: readonly UsageRow[], groupBy: readonly GroupDimension[]): UsageGroup[] {
  const groups = new Map<string, UsageGroup>();
  const isByJob = groupBy.includes('job');
  for (const row of rows) {
    const arns = new Set(row.attribution.jobs.map(({ arn }) => arn));
    for (const job of isByJob && arns.size > 0 ? arns : [undefined]) {
      const members = Object.fromEntries(
        groupBy.flatMap((dimension) => {
          const value = dimension === 'job' ? job : memberOf(row, dimension);
          return value === undefined ? [] : [[dimension, value]];
        }),
      );
      const name = JSON.stringify(members);
      const before = groups.get(name);
      const isAmbiguous = job !== undefined && row.attribution.status === 'ambiguous';
      groups.set(name, {
        ...members,
        count: (before?.count ?? 0) + 1,
        ...(isByJob ? { ambiguousCount: (before?.ambiguousCount ?? 0) + (isAmbiguous ? 1 : 0) } : {}),
        firstSeen: before?.firstSeen ?? row.eventTime,
        lastSeen: row.eventTime,
      });
    }
  }
  return sortGroups([...groups.values()]);
}

function memberOf(row: UsageRow, dimension: Exclude<GroupDimension, 'job'>): string | undefined {
  switch (dimension) {
    case 'key':
      return row.keyArn ?? row.keyRef;
    case 'principal':
      return row.principal.id;
    case 'operation':
    case 'category':
    case 'outcome':
    case 'region':
      return row[dimension];
    case 'account':
      return row.accountId;
    case 'status':
      return row.attribution.status;
    case 'hour':
      return `${row.eventTime.slice(0, 13)}:00:00Z`;
    case 'day':
      return row.eventTime.slice(0, 10);
    default:
      return dimension satisfies never;
  }
}
