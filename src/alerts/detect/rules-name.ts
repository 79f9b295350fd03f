import type { ExpectationJudge } from '../../expectations/verdict.ts';
import { contentName } from '../../table/content-name.ts';
import type { DetectionSettings } from './detection-settings.ts';

/** Raised with every change of what rules find, so that every day is checked again. */
const RULES_VERSION = 3;

/** Names the rules, the expectations, the settings, and what verdicts depend on beside the expectations. */
export function rulesNameOf({ name, setName }: ExpectationJudge, settings: DetectionSettings): string {
  return [RULES_VERSION, setName, contentName(Buffer.from(JSON.stringify(settings))), name].join('.');
}

/** Why rules of another name find something else, as a sentence; undefined where the records alone made the difference. */
export function whyRulesDiffer(before: string, now: string): string | undefined {
  const [version, expectations, settings] = before.split('.');
  const [versionNow, expectationsNow, settingsNow] = now.split('.');
  if (version !== versionNow) return 'the rules of this version of Keytrail do not find it';
  if (expectations !== expectationsNow) return 'the expectations have changed';
  return settings === settingsNow ? undefined : 'the settings have changed';
}
