import { KEYTRAIL } from '../alert.ts';
import type { GroupNotice, Notice } from './notice.ts';
import { safeTitle, subjectText } from './safe-text.ts';

const VALUE_LENGTH = 1_100;

/** A mail subject. The severity comes first, since mail programs cut long subjects. */
export function subjectOf({ severity, state, rule, title }: Notice): string {
  const what = state === 'open' ? severity : `${severity}, ${state}`;
  return subjectText(`Keytrail (${what}) ${rule}: ${title}`);
}

/** A notice as text for people. */
export function bodyOf(notice: Notice): string {
  const { change } = notice;
  const by = change.by === KEYTRAIL ? '' : ` by ${change.by}`;
  const until = change.until === undefined ? '' : `, until ${change.until}`;
  return sections([
    [notice.title],
    [
      `State: ${notice.state}${by} at ${change.time}${until}: ${change.reason}`,
      `Rule: ${notice.rule} (${notice.severity})`,
      ...named('Key', notice.keyArn ?? notice.keyRef),
      ...named('Principal', notice.principalId),
      ...named('Family', notice.family),
      ...named('Job', notice.jobArn),
      ...named('Grantee', notice.grantee),
      ...named('Alias', notice.alias),
      ...named('Account', notice.accountId),
      ...named('Region', notice.region),
      `Events: ${notice.count}${notice.firstSeen === undefined ? '' : `, ${notice.firstSeen} to ${notice.lastSeen}`}`,
      ...named('Event ids', notice.events.length === 0 ? undefined : notice.events.join(' ')),
    ],
    notice.details,
    ['What to check next:', ...notice.checkNext.map((step) => `- ${step}`)],
    ['When it means nothing:', ...notice.falsePositives.map((text) => `- ${text}`)],
    [`The alert: ${notice.link}`],
  ]);
}

/** The mail subject of a group. */
export function groupSubjectOf({ count, groups }: GroupNotice): string {
  return subjectText(`Keytrail (${groups[0]?.severity ?? ''}) ${count} changes of alerts at once`);
}

/** A group as text for people. */
export function groupBodyOf({ count, groups, alerts, link }: GroupNotice): string {
  return sections([
    [`${count} changes of ${alerts} alerts came at once. This notice stands for all of them.`],
    groups.map((group) => `${group.count} × ${group.rule} (${group.severity}): ${group.state}`),
    [`The alerts: ${link}`],
  ]);
}

function named(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${safeTitle(value, VALUE_LENGTH)}`];
}

function sections(parts: readonly (readonly string[])[]): string {
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
