import { type Command, InvalidArgumentError } from 'commander';

/** The flag for the zone of the times in tables. */
export function addZoneFlag(command: Command): Command {
  return command.option('--tz <zone>', 'time zone of the table, such as Asia/Seoul', zoneOf, 'UTC');
}

function zoneOf(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('Give a zone of the IANA database, such as Asia/Seoul or UTC.');
  }
}

/** Writes times as a table shows them: `2026-03-01 19:00:00` in its zone. */
export function timeWriter(zone: string): (time: string) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (time) => {
    const timeMs = Date.parse(time);
    return Number.isNaN(timeMs) ? time : format.format(timeMs);
  };
}
