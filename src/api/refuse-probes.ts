import { KeytrailError } from '../keytrail-error.ts';

/** Conditions of an expectation that depend on masked details. */
interface Probing {
  readonly only?: { readonly networks?: unknown; readonly vpcEndpoints?: unknown } | undefined;
}

/**
 * Refuses a preview whose findings would reveal masked details: a caller could find an address by halving networks.
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
      `Conditions on ${probing} reveal masked details: leave them out, or ask with the scope usage:details.`,
    );
  }
}
