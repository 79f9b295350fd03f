import { eventTimeMs } from '../cloudtrail/event-time.ts';

/** 2001 and 2100. No time of a SageMaker resource is outside, whatever its unit. */
const earliestMs = 1_000_000_000_000;
const latestMs = 4_102_444_800_000;

/**
 * Parses a time in a state change to epoch milliseconds. Published samples have ISO 8601, and epoch milliseconds or
 * seconds as an integer, a float, or a string of either; seconds are recognised by their magnitude. `undefined` for
 * anything else, or for a time that no resource can have.
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
