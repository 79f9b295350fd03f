import { appendToList } from '../../append-to-list.ts';
import { contentName } from '../../table/content-name.ts';
import { SEVERITIES } from '../rule-id.ts';
import { type GroupNotice, linkTo, type Notice } from './notice.ts';

const MAX_ALERT_IDS = 1_000;

/** Makes one notice of many. @param baseUrl the API's address, which its link begins with */
export function groupOf(notices: readonly Notice[], baseUrl?: string): GroupNotice {
  const alike = new Map<string, Notice[]>();
  for (const notice of notices) {
    appendToList(alike, `${SEVERITIES.indexOf(notice.severity)} ${notice.rule} ${notice.state}`, notice);
  }
  const groups = [...alike.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    return [{ rule: first.rule, severity: first.severity, state: first.state, count: list.length }];
  });
  const alertIds = [...new Set(notices.map(({ alertId }) => alertId))];
  const order = SEVERITIES.map(String);
  return {
    version: 1,
    id: `group.${contentName(Buffer.from(notices.map(({ id }) => id).join()))}`,
    count: notices.length,
    groups: groups.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count),
    alerts: alertIds.length,
    alertIds: alertIds.slice(0, MAX_ALERT_IDS),
    link: linkTo(undefined, baseUrl),
  };
}
