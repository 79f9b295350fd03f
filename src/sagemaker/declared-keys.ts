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
  /** The same as ARNs where these are known, else as the requests call them. */
  readonly named: Readonly<Record<'volume' | 'output' | 'data', readonly string[]>>;
  /** References that no record resolves. While there is one, any key may be declared. */
  readonly unresolved: readonly string[];
}

/**
 * The ARNs of the keys that a job declares. A bare id is a key in the job's account and Region. An alias is resolved as
 * of the job's creation.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
 */
export function declaredKeysOf(job: Job, resolveAlias: ResolveAlias): DeclaredKeys {
  const names = [...new Set([...job.volumeKeys, ...job.outputKeys, ...job.dataKeys])];
  const keyOf = new Map(names.map((name) => [name, keyNamed(name, job, resolveAlias)]));
  const resolved = (some: readonly string[]): readonly KeyArn[] =>
    [...new Set(some.flatMap((name) => keyOf.get(name) ?? []))].sort();
  const named = (some: readonly string[]): readonly string[] =>
    [...new Set(some.map((name) => keyOf.get(name) ?? name))].sort();
  return {
    named: { volume: named(job.volumeKeys), output: named(job.outputKeys), data: named(job.dataKeys) },
    volume: resolved(job.volumeKeys),
    output: resolved(job.outputKeys),
    data: resolved(job.dataKeys),
    unresolved: names.filter((name) => keyOf.get(name) === undefined).sort(),
  };
}

/** Whether the name of an alias is one of AWS's: `alias/aws/ebs`. No customer's begins so. */
export function isAliasOfAws(alias: string): boolean {
  return alias.startsWith('alias/aws/');
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
