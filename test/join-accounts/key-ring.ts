import type { Dice } from './dice.ts';

export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  /** With its `alias/`. */
  readonly alias: string;
}

export function aKey(
  dice: Dice,
  partition: string,
  accountId: string,
  region: string,
  aliasName: string,
): Key {
  const id = dice.chance(0.1) ? `mrk-${dice.hex(32)}` : dice.guid();
  return {
    id,
    arn: `arn:${partition}:kms:${region}:${accountId}:key/${id}`,
    accountId,
    region,
    alias: `alias/${aliasName}`,
  };
}

export function aliasArn(key: Key): string {
  return `${key.arn.slice(0, key.arn.indexOf(':key/'))}:${key.alias}`;
}

/** What a request may call it. */
export function callingNames(key: Key): readonly string[] {
  return [key.arn, key.id, key.alias, aliasArn(key)];
}

/** A bucket whose objects are encrypted by SSE-KMS. */
export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly key: Key;
  readonly hasBucketKey: boolean;
}
