import { compareTexts } from '../../text/text-order.ts';
import { hourMask } from '../../utc-time.ts';
import { type ItemSource, readPages } from '../day/day-reader.ts';
import type { DayRoot } from '../day/day-root.ts';
import type { Group, KeyDay, RowRange } from '../pages/key-day.ts';
import { hoursOf, type SlotPlan } from './slot-plan.ts';

/** Key-days of the next version: those of kept slots out of its pages, and those of made slots. */
export async function mergeKeyDays(
  plans: readonly SlotPlan[],
  previous: DayRoot | undefined,
  source: ItemSource,
): Promise<KeyDay[]> {
  const merged = new Map<string, { keyArn?: string; keyRef?: string; groups: Group[]; ranges: RowRange[] }>();
  const entry = (key: Pick<KeyDay, 'keyName' | 'keyArn' | 'keyRef'>) => {
    let found = merged.get(key.keyName);
    if (found === undefined) {
      found = {
        ...(key.keyArn === undefined ? {} : { keyArn: key.keyArn }),
        ...(key.keyRef === undefined ? {} : { keyRef: key.keyRef }),
        groups: [],
        ranges: [],
      };
      merged.set(key.keyName, found);
    }
    return found;
  };
  const kept = plans.filter((plan) => plan.kind === 'kept');
  if (previous !== undefined && kept.length > 0) {
    const keptHours = kept.reduce((mask, plan) => mask | hourMask(...hoursOf(plan)), 0);
    for (const page of (await readPages(source, previous)).values()) {
      for (const keyDay of page) {
        const groups = keyDay.groups.filter((group) => (keptHours & (1 << group.hour)) !== 0);
        const ranges = keyDay.ranges.filter((range) => (keptHours & (1 << range.slot)) !== 0);
        if (groups.length === 0) continue;
        const target = entry(keyDay);
        target.groups.push(...groups);
        target.ranges.push(...ranges);
      }
    }
  }
  for (const plan of plans) {
    if (plan.kind === 'kept') continue;
    for (const key of plan.slot.keys) {
      const target = entry(key);
      target.groups.push(...key.groups);
      for (const range of key.ranges) target.ranges.push({ ...range, slot: plan.slot.from });
    }
  }
  return [...merged]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([keyName, parts]) => ({
      keyName,
      ...parts,
    }));
}
