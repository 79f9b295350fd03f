import { AT, type Profile } from './fact.ts';

/**
 * The name under which the uses of a key lie together: its ARN, else what the records call it, by account and Region
 * (`ref:<account>/<region>/<reference>`, or `none:<account>/<region>` where they call it nothing).
 */
export function keyNameOf(profile: Profile): string {
  const keyArn = profile[AT.keyArn];
  if (keyArn !== null) return keyArn;
  const place = `${profile[AT.accountId] ?? ''}/${profile[AT.region] ?? ''}`;
  const keyRef = profile[AT.keyRef];
  return keyRef === null ? `none:${place}` : `ref:${place}/${keyRef}`;
}
