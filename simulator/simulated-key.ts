import type { Random } from './random.ts';

export type KeyPurpose = 'machine-learning' | 'application' | 'signing' | 'mac' | 'aws-managed';

/** During `[fromMs, toMs)` an alias points to the key. Epoch milliseconds. */
interface AliasSpan {
  readonly name: string;
  readonly fromMs: number;
  toMs: number;
}

export interface SimulatedKey {
  readonly arn: string;
  /** A UUID, or `mrk-` and 32 hex digits for a multi-Region key. */
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly purpose: KeyPurpose;
  readonly aliases: AliasSpan[];
  /** `keyMaterialId`, 64 hex digits. */
  readonly materialId: string;
  readonly customKeyStoreId?: string;
  /** JSON text of a record's `resources`. */
  readonly resources: string;
  /** The same with its members in the order of older records. */
  readonly olderResources: string;
  /** JSON text of its one element. */
  readonly resource: string;
}

export function makeKey(
  random: Random,
  place: { readonly accountId: string; readonly region: string },
  purpose: KeyPurpose,
  options: { readonly id?: string; readonly multiRegion?: boolean; readonly customKeyStore?: boolean } = {},
): SimulatedKey {
  const id = options.id ?? (options.multiRegion ? `mrk-${random.hex(32)}` : random.uuid());
  const arn = `arn:aws:kms:${place.region}:${place.accountId}:key/${id}`;
  const resource = `{"accountId":"${place.accountId}","type":"AWS::KMS::Key","ARN":"${arn}"}`;
  return {
    arn,
    id,
    accountId: place.accountId,
    region: place.region,
    purpose,
    aliases: [],
    materialId: random.hex(64),
    ...(options.customKeyStore ? { customKeyStoreId: `cks-${random.hex(17)}` } : {}),
    resource,
    resources: `[${resource}]`,
    olderResources: `[{"ARN":"${arn}","accountId":"${place.accountId}"}]`,
  };
}

/** The alias that points to a key at a time, if any. */
export function aliasAt(key: SimulatedKey, timeMs: number): string | undefined {
  for (const span of key.aliases) if (span.fromMs <= timeMs && timeMs < span.toMs) return span.name;
  return undefined;
}
