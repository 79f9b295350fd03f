import { KEYTRAIL } from '../alert.ts';
import type { Severity } from '../rule-id.ts';
import type { PeopleChannel } from './channel.ts';
import { groupBodyOf } from './notice-text.ts';

/** Writes a line for each notice to the terminal. @param write gets lines with their ends */
export function terminalChannel(write: (text: string) => void, floor: Severity = 'low'): PeopleChannel {
  return {
    kind: 'people',
    name: 'terminal',
    floor,
    async send({ severity, state, rule, title, change }) {
      const what = state === 'open' ? severity : `${severity}, ${state}`;
      const by = change.by === KEYTRAIL ? '' : ` by ${change.by}`;
      write(`alert (${what}) ${rule}: ${title} [${change.reason}${by}]\n`);
    },
    async sendGroup(group) {
      write(groupBodyOf(group).replace(/\n+/g, '\n'));
    },
  };
}
