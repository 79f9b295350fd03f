import type { InspectedDay } from '../../history/query/inspected-day.ts';
import { isoTime } from '../../utc-time.ts';
import type { Alert } from '../alert.ts';
import type { Explanation } from '../store/alert-states.ts';
import type { FirstSeenIndex } from './first-seen-index.ts';
import { whyRulesDiffer } from './rules-name.ts';

/** What explains that alerts have no finding any more. */
export interface Explaining {
  readonly day: InspectedDay;
  /** The alerts that a check of the day no longer finds. */
  readonly gone: readonly Alert[];
  /** Names the rules, the expectations and the settings of the last check of the day, and of this one. */
  readonly rulesNameBefore: string;
  readonly rulesName: string;
  readonly seen: FirstSeenIndex;
  /** The join is final for uses before this, epoch milliseconds. */
  readonly beforeMs: number;
}

const BY_LATER_RECORDS = 'records that came later explain it';

/** Explains why alerts have no finding any more: by the record that explains it, where one does. */
export async function explainAlerts(explaining: Explaining): Promise<(alert: Alert) => Explanation> {
  const { gone, rulesNameBefore, rulesName } = explaining;
  const why = whyRulesDiffer(rulesNameBefore, rulesName);
  if (why !== undefined || gone.length === 0)
    return () => ({ reason: why ?? BY_LATER_RECORDS, isByRecords: why === undefined });
  const makers = await makersOf(explaining);
  return (alert) => ({ reason: reasonOf(alert, makers, explaining), isByRecords: true });
}

function reasonOf(alert: Alert, makers: ReadonlyMap<string, string>, { day, seen }: Explaining): string {
  const { events = [] } = alert.days[day.day] ?? {};
  if (alert.rule === 'first-seen-principal') return reasonOfNewcomer(alert, seen) ?? BY_LATER_RECORDS;
  const explained = events.find((eventId) => makers.has(eventId));
  const maker = explained === undefined ? undefined : makers.get(explained);
  if (maker !== undefined && maker !== '') return `the records of ${maker} explain event ${explained}`;
  const missing = events.find((eventId) => !makers.has(eventId));
  if (missing === undefined) return BY_LATER_RECORDS;
  return `event ${missing} is shown as another record of it has it`;
}

function reasonOfNewcomer({ subject }: Alert, seen: FirstSeenIndex): string | undefined {
  const { keyArn, family } = subject;
  if (family === undefined || keyArn === undefined) return undefined;
  const first = seen.newcomers(keyArn).firstOf(family);
  if (first === undefined) return undefined;
  const event = first.eventId === undefined ? '' : ` in event ${first.eventId}`;
  if (first.surprise !== 'yes') return `a job that declares the key made its first use${event}`;
  return `${first.principalId} used the key at ${isoTime(first.firstMs)}${event}, while it was learned`;
}

/** By event of the gone alerts that is among the rows, the job that made it; empty where none did. */
async function makersOf({ day, gone, beforeMs }: Explaining): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(gone.flatMap((alert) => alert.days[day.day]?.events ?? []));
  const makers = new Map<string, string>();
  if (wanted.size === 0) return makers;
  for await (const rows of day.rows()) {
    for (const kind of rows.alike(beforeMs)) {
      const maker = kind.joinedTo?.jobs.length === 1 ? kind.joinedTo.jobs[0]?.arn : undefined;
      for (const row of kind.rows) {
        rows.use.row = row;
        const { eventId } = rows.use;
        if (wanted.has(eventId)) makers.set(eventId, maker ?? makers.get(eventId) ?? '');
      }
    }
  }
  return makers;
}
