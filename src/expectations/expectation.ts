/** Uses that somebody expects: who may use which keys for what. Every given condition must hold. */
export interface Expectation {
  readonly id: string;
  /**
   * Any of: a key's ARN; an alias (`alias/x`, in every account and Region) or an alias ARN; `account:<id>`, the keys of
   * an account; `ml`, the keys that SageMaker jobs declare or use.
   */
  readonly keys: readonly string[];
  /**
   * Any of: an ARN as in `principal.id`; an ARN ending in `/*`, all below that path; `account:<id>`;
   * `service:<host>`; `id:<text>`, a `principal.id` that is no ARN; or an organisation with its accounts, which
   * records do not have.
   */
  readonly principals: readonly (string | Organisation)[];
  /** Names of operations, or of categories: `cryptographic`, `grant`, `management`. */
  readonly operations: readonly string[];
  readonly only?: Conditions;
  /** The keys are retired from `from` on: they may decrypt, but no longer encrypt. */
  readonly retired?: true;
  readonly owner: string;
  readonly reason: string;
  readonly ticket?: string;
  /** From when it holds, ISO 8601; unlimited if absent. */
  readonly from?: string;
  /** Until when it holds, ISO 8601. */
  readonly expires?: string;
}

interface Organisation {
  readonly organisation: string;
  readonly accounts: readonly string[];
}

export interface Conditions {
  /** Only through one of these services, as in `principal.via`. */
  readonly via?: readonly string[];
  /** Only if a SageMaker job made the use. */
  readonly jobs?: true;
  readonly vpcEndpoints?: readonly string[];
  /** Source addresses, CIDR. */
  readonly networks?: readonly string[];
  readonly times?: readonly WeeklyTime[];
}

/** A time range on some days of the week, in UTC. */
export interface WeeklyTime {
  /** `mon` to `sun`; every day if absent. */
  readonly days?: readonly string[];
  /** `HH:MM`, inclusive. */
  readonly from: string;
  /** `HH:MM`, exclusive; `24:00` is midnight. */
  readonly to: string;
}
