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

/** What records call the key of a name that is a reference: `alias/…`, a bare id or an alias ARN. */
export function referenceInKeyName(keyName: string): string {
  return keyName.slice(keyName.indexOf('/', keyName.indexOf('/') + 1) + 1);
}
