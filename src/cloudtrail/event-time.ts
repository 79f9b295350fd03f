const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The last millisecond of the year 9999: later years have five digits. */
const latestMs = 253_402_300_799_999;

/** `2026-03-01 10:00:00.000000000`, `2026-03-01T10:00:00.5z`, `20131102T010628Z`, with or without an offset. */
const lenient =
  /^(\d{4})-?(\d\d)-?(\d\d)[Tt ](\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;

/**
 * Parses a record's time to epoch milliseconds; `undefined` for anything else, or for a date that does not exist.
 *
 * CloudTrail writes `YYYY-MM-DDTHH:MM:SSZ` in UTC. Copies of its records also have fractions, `z`, a space for the `T`,
 * or no zone, which means UTC. The `creationDate` of a session is compact in older records. Times before 1970 are
 * rejected: no record has one, and hours of the history are counted from 1970.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function eventTimeMs(value: unknown): number | undefined {
  if (typeof value !== 'string') {
    return undefined;
  }
  return value.length === 20 && value.charCodeAt(19) === 0x5a ? exactTime(value) : lenientTime(value);
}

/** The one form that nearly every record has, without a regular expression or `Date.parse`. */
function exactTime(value: string): number | undefined {
  if (
    value.charCodeAt(4) !== 0x2d ||
    value.charCodeAt(7) !== 0x2d ||
    value.charCodeAt(10) !== 0x54 ||
    value.charCodeAt(13) !== 0x3a ||
    value.charCodeAt(16) !== 0x3a
  ) {
    return lenientTime(value);
  }
  return utcTime(
    twoDigits(value, 0) * 100 + twoDigits(value, 2),
    twoDigits(value, 5),
    twoDigits(value, 8),
    twoDigits(value, 11),
    twoDigits(value, 14),
    twoDigits(value, 17),
  );
}

/** `NaN` if either is no digit; every comparison in `utcTime` then rejects it. */
function twoDigits(value: string, at: number): number {
  const tens = value.charCodeAt(at) - 0x30;
  const ones = value.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function utcTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (
    !(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)
  ) {
    return undefined;
  }
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > (daysInMonth[month - 1] ?? 0) + (isLeapYear && month === 2 ? 1 : 0)) {
    return undefined;
  }
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 477;
  const leapDay = isLeapYear && month > 2 ? 1 : 0;
  const days = (year - 1970) * 365 + leapDays + (daysBeforeMonth[month - 1] ?? 0) + leapDay + day - 1;
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

function lenientTime(value: string): number | undefined {
  const found = value.length <= 40 ? lenient.exec(value) : null;
  if (found === null) {
    return undefined;
  }
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = found;
  const time = utcTime(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  if (time === undefined) {
    return undefined;
  }
  const milliseconds = Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * 60_000;
  const instant = time + milliseconds + (sign === '+' ? -offset : offset);
  const isOffset = Number(offsetHours ?? 0) <= 23 && Number(offsetMinutes ?? 0) <= 59;
  return isOffset && instant >= 0 && instant <= latestMs ? instant : undefined;
}
