import { type AliasFact, type AliasName, aliasKey, aliasNameOf, keyOfAlias } from '../kms/alias-timeline.ts';
import { isKeyArn, isKeyId, keyArnOfId, maxKeyArnLength } from '../kms/key-arn.ts';
import type { KeyArn } from '../kms/key-use.ts';
import type { Job } from './job.ts';

/** The key that an alias meant at a time; undefined if unknown. */
export type ResolveAlias = (alias: AliasName, timeMs: number) => KeyArn | undefined;

/** The keys that a job declares, by what they encrypt. */
export interface DeclaredKeys {
  readonly volume: readonly KeyArn[];
  readonly output: readonly KeyArn[];
  readonly data: readonly KeyArn[];
  /** References that no record resolves. While there is one, any key may be declared. */
  readonly unresolved: readonly string[];
}

/**
 * The ARNs of the keys that a job declares. A bare id is a key in the job's account and Region. An alias is resolved as
 * of the job's creation.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
 */
export function declaredKeysOf(job: Job, resolveAlias: ResolveAlias): DeclaredKeys {
  const unresolved = new Set<string>();
  const resolved = (names: readonly string[]): readonly KeyArn[] => {
    const keys = new Set<KeyArn>();
    for (const name of names) {
      const key = keyNamed(name, job, resolveAlias);
      if (key === undefined) unresolved.add(name);
      else keys.add(key);
    }
    return [...keys].sort();
  };
  return {
    volume: resolved(job.volumeKeys),
    output: resolved(job.outputKeys),
    data: resolved(job.dataKeys),
    unresolved: [...unresolved].sort(),
  };
}

function keyNamed(name: string, job: Job, resolveAlias: ResolveAlias): KeyArn | undefined {
  if (name.length <= maxKeyArnLength && isKeyArn(name)) {
    return name;
  }
  if (isKeyId(name)) {
    return keyArnOfId(name, job.accountId, job.region);
  }
  const alias = aliasNameOf(name, job.accountId, job.region);
  const timeMs = job.created?.timeMs ?? job.started?.timeMs ?? job.ended?.timeMs;
  return alias === undefined || timeMs === undefined ? undefined : resolveAlias(alias, timeMs);
}

/** Resolves aliases by the facts that are known of them. */
export function resolverOf(aliases: ReadonlyMap<string, readonly AliasFact[]>): ResolveAlias {
  return (alias, timeMs) => keyOfAlias(aliases.get(aliasKey(alias)) ?? [], timeMs);
}
