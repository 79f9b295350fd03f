import { eventTimeMs } from '../cloudtrail/event-time.ts';

/** 2001 and 2100: numbers outside are no time of a SageMaker resource in any unit. */
const earliestMs = 1_000_000_000_000;
const latestMs = 4_102_444_800_000;

/**
 * A time that a state change tells, in epoch milliseconds: ISO 8601, or epoch milliseconds or seconds as a number,
 * a float or either of them in a string, as published samples have them. Seconds are told by their magnitude.
 * `undefined` where it is none of these, or none that a resource can have.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 */
export function resourceTimeMs(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return plausible(value);
  }
  if (typeof value !== 'string' || value.length > 40) {
    return undefined;
  }
  const time = /^\d{9,16}(?:\.\d{1,9})?$/.test(value) ? plausible(Number(value)) : eventTimeMs(value);
  return time !== undefined && time >= earliestMs && time <= latestMs ? time : undefined;
}

function plausible(value: number): number | undefined {
  const timeMs = Math.floor(value < earliestMs / 10 ? value * 1000 : value);
  return timeMs >= earliestMs && timeMs <= latestMs ? timeMs : undefined;
}
