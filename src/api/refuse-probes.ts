import { KeytrailError } from '../keytrail-error.ts';

/** Of an expectation the conditions that hold or not by what is masked. */
interface Probing {
  readonly only?: { readonly networks?: unknown; readonly vpcEndpoints?: unknown } | undefined;
}

/**
 * Refuses a preview that would tell, by what it lets pass, what is masked from who asks: an address is found by
 * halving networks.
 * @throws KeytrailError `needs-scope`
 */
export function refuseProbes(expectations: readonly Probing[]): void {
  for (const { only } of expectations) {
    const probing =
      only?.networks !== undefined
        ? 'networks'
        : only?.vpcEndpoints !== undefined
          ? 'vpcEndpoints'
          : undefined;
    if (probing === undefined) continue;
    throw new KeytrailError(
      'needs-scope',
      `Conditions on ${probing} tell of details that are masked: leave them out, or ask with the scope usage:details.`,
    );
  }
}
