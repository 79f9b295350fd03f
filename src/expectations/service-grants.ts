import { appendToList } from '../append-to-list.ts';
import { isServiceHost } from '../cloudtrail/service-host.ts';
import { canonicalText, compareTexts } from '../text/text-order.ts';
import type { InspectedUse } from './inspected-use.ts';
import { serviceName } from './service-name.ts';
import type { Verdict } from './verdict.ts';

/** Records have times from several clocks, in whole seconds. */
const SLACK_MS = 60_000;
/** Stands for all operations, if the record of a grant lacks them. */
const ANY = '*';

interface ServiceGrant {
  readonly fromMs: number;
  readonly operations: ReadonlySet<string> | undefined;
  readonly verdict: Verdict;
}

/**
 * Grants to services that an expected creator made. A service's use under such a grant is expected like the grant, and
 * needs no expectation of its own. Records do not show which grant allowed a use, so any such grant counts that allows
 * the operation to the service on the key. Retired grants count too, because KMS would reject their use.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
export class ServiceGrants {
  readonly #grants = new Map<string, ServiceGrant[]>();

  /** @param grants uses that created grants, each with the verdict of its creator */
  constructor(grants: Iterable<readonly [InspectedUse, Verdict]>) {
    for (const [{ keyArn, grant, eventTimeMs, outcome, operation }, verdict] of grants) {
      const grantee = grant?.grantee;
      if (operation !== 'CreateGrant' || outcome !== 'success' || verdict.expected !== 'yes') continue;
      if (keyArn === undefined || grantee === undefined || !isServiceHost(grantee)) continue;
      const operations =
        grant?.operations === undefined ? undefined : new Set(grant.operations.map(operationOf));
      appendToList(this.#grants, nameOf(keyArn, grantee), {
        fromMs: eventTimeMs - SLACK_MS,
        operations,
        verdict,
      });
    }
    for (const [name, list] of this.#grants) this.#grants.set(name, thoseThatAdd(list));
  }

  /** The grants as texts, sorted. */
  known(): readonly string[] {
    return [...this.#grants]
      .flatMap(([name, grants]) =>
        grants.map(({ fromMs, operations, verdict }) =>
          canonicalText([name, fromMs, [...(operations ?? [ANY])].sort(), verdict.expectation ?? null]),
        ),
      )
      .sort();
  }

  /** The verdict of the oldest grant that allows a service's use; `by-time` if no time is given and a grant may. */
  verdictOf(
    { keyArn, principal, operation, category }: InspectedUse,
    timeMs: number | undefined,
  ): Verdict | 'by-time' | undefined {
    if (this.#grants.size === 0 || principal.type !== 'service') return undefined;
    if (keyArn === undefined || principal.id === undefined || category === 'management') return undefined;
    const grant = this.#grants
      .get(nameOf(keyArn, principal.id))
      ?.find(
        ({ fromMs, operations }) =>
          (timeMs === undefined || fromMs <= timeMs) &&
          (operations === undefined || operations.has(operation) || operation === 'RetireGrant'),
      );
    return grant === undefined || timeMs !== undefined ? grant?.verdict : 'by-time';
  }
}

/** The grants by age, without those that allow nothing new: jobs create the same grant every day. */
function thoseThatAdd(grants: readonly ServiceGrant[]): ServiceGrant[] {
  const allowed = new Set<string>();
  return grants
    .toSorted(
      (a, b) => a.fromMs - b.fromMs || compareTexts(a.verdict.expectation ?? '', b.verdict.expectation ?? ''),
    )
    .filter(({ operations = [ANY] }) => {
      const before = allowed.size;
      if (!allowed.has(ANY)) for (const operation of operations) allowed.add(operation);
      return allowed.size > before;
    });
}

/** The operation for a grant's permission: re-encryption has two permissions and one operation. */
function operationOf(permission: string): string {
  return permission === 'ReEncryptFrom' || permission === 'ReEncryptTo' ? 'ReEncrypt' : permission;
}

function nameOf(keyArn: string, service: string): string {
  return `${keyArn} ${serviceName(service)}`;
}
