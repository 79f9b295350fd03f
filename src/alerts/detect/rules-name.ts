import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { contentName } from '../../table/content-name.ts';
import type { DetectionSettings } from './detection-settings.ts';

/** Raised with every change of what rules find, so that every day is checked again. */
const RULES_VERSION = 2;

/** Names the rules, the expectations and the settings. */
export function rulesNameOf({ name }: ExpectationJudge, settings: DetectionSettings): string {
  return [RULES_VERSION, name, contentName(Buffer.from(JSON.stringify(settings)))].join('.');
}

/** Why rules of another name find something else, as a sentence; undefined when the names are equal. */
export function whyRulesDiffer(before: string, now: string): string | undefined {
  if (before === now) return undefined;
  const [version, expectations] = before.split('.');
  const [versionNow, expectationsNow] = now.split('.');
  if (version !== versionNow) return 'the rules of this version of Keytrail do not find it';
  return expectations === expectationsNow ? 'the settings have changed' : 'the expectations have changed';
}
