import { roleKeyOf } from '../attribution/role-key.ts';
import type { Principal } from '../cloudtrail/identity.ts';
import { accountOfArn, kindOfIdentityArn } from '../cloudtrail/identity-arn.ts';
import type { AliasFact } from '../kms/alias-timeline.ts';
import { isReadOnlyCall } from '../kms/operation-category.ts';
import { contentName } from '../table/content-name.ts';
import { canonicalText, compareTexts } from '../text/text-order.ts';
import { AWS_INFRASTRUCTURE, isInfrastructureGrantee, isInfrastructureUse } from './aws-infrastructure.ts';
import type { Expectation } from './expectation.ts';
import type { InspectedUse } from './inspected-use.ts';
import { isBound, type KeyEntry } from './key-permissions.ts';
import { Permission } from './permission.ts';
import { PermissionIndex } from './permission-index.ts';
import { ServiceGrants } from './service-grants.ts';
import type { ExpectationJudge, Verdict } from './verdict.ts';

/** The inputs of verdicts besides expectations and uses. Each may be empty. */
export interface VerdictInputs {
  /** Facts of aliases in the order of time, by alias key (`readAliases`). */
  readonly aliases?: ReadonlyMap<string, readonly AliasFact[]>;
  /** ARNs of the keys that SageMaker jobs declare or use. */
  readonly mlKeys?: ReadonlySet<string>;
  /** Uses that created grants: what services do under expected grants is expected too. */
  readonly grants?: readonly InspectedUse[];
}

/** Compiles expectations into a judge. Equal expectations and inputs give the same name. */
export function compileExpectations(
  expectations: readonly Expectation[],
  { aliases = new Map(), mlKeys = new Set(), grants = [] }: VerdictInputs = {},
): ExpectationJudge {
  return new CompiledExpectations(expectations, aliases, mlKeys, grants);
}

const NO_RULE: Verdict = Object.freeze({ expected: 'no-rule' });
const NO: Verdict = Object.freeze({ expected: 'no' });
const NO_UNDECIDED: Verdict = Object.freeze({ expected: 'no', jobOnly: 'undecided' });
const NO_REFUTED: Verdict = Object.freeze({ expected: 'no', jobOnly: 'refuted' });
const INFRASTRUCTURE: Verdict = Object.freeze({ expected: 'yes', expectation: AWS_INFRASTRUCTURE });

class CompiledExpectations implements ExpectationJudge {
  readonly name: string;
  readonly setName: string;
  readonly #index: PermissionIndex;
  readonly #grants: ServiceGrants;
  readonly #marksRetired: boolean;

  constructor(
    expectations: readonly Expectation[],
    aliases: ReadonlyMap<string, readonly AliasFact[]>,
    mlKeys: ReadonlySet<string>,
    grants: readonly InspectedUse[],
  ) {
    this.#marksRetired = expectations.some(({ retired }) => retired === true);
    const inOrder = expectations.toSorted((a, b) => compareTexts(a.id, b.id));
    this.#index = new PermissionIndex(aliases, mlKeys);
    for (const [rank, expectation] of inOrder.entries())
      this.#index.add(new Permission(expectation, rank), expectation);
    this.#grants = new ServiceGrants(grants.map((use) => [use, this.#verdictOfCreator(use)] as const));
    // Only what verdicts depend on is part of the name, so other aliases and grants do not change it.
    const parts = [inOrder, this.#index.known(), this.#grants.known()];
    this.setName = contentName(Buffer.from(canonicalText(inOrder)));
    this.name = contentName(Buffer.from(canonicalText(parts)));
  }

  judge(use: InspectedUse): Verdict {
    return this.#decide(use, use.eventTimeMs) ?? NO_RULE;
  }

  judgeAtAnyTime(use: InspectedUse): Verdict | undefined {
    return this.#decide(use, undefined);
  }

  namesKey(keyArn: string | undefined, keyRef: string | undefined, timeMs: number): boolean {
    return this.#index.of({ keyArn, keyRef }).some((permissions) => permissions.namesKeyAt(timeMs) === true);
  }

  isRetired(use: InspectedUse): boolean {
    if (!this.#marksRetired) return false;
    return this.#index.of(use).some((permissions) => permissions.isRetiredAt(use.eventTimeMs));
  }

  allowsPrincipal(keyArn: string | undefined, principalId: string, timeMs: number): boolean {
    if (isInfrastructureGrantee(principalId)) return true;
    const principal = principalOf(principalId);
    const roleKey = principalId.includes(':assumed-role/') ? roleKeyOf(principalId) : undefined;
    const allows = ({ permission, fromMs, toMs }: KeyEntry) =>
      permission.isOfUse && timeMs >= fromMs && timeMs < toMs;
    return this.#index
      .of({ keyArn })
      .some(
        (permissions) =>
          permissions.entriesFor(principal).some((entries) => entries.some(allows)) ||
          (roleKey !== undefined && permissions.entriesForRoleKey(roleKey).some(allows)),
      );
  }

  /** Undefined only if no time is given and the verdict depends on it. */
  #decide(use: InspectedUse, timeMs: number | undefined): Verdict | undefined {
    if (isInfrastructureUse(use)) return INFRASTRUCTURE;
    const found = this.#search(use, timeMs);
    if (found.best !== undefined && found.best.rank < found.earliestByTime) return found.best.verdict;
    if (found.earliestByTime !== Number.POSITIVE_INFINITY) return undefined;
    if (found.isNamed === false || isReadOnlyCall(use)) return NO_RULE;
    if (found.isNamed === undefined) return undefined;
    const granted = this.#grants.verdictOf(use, timeMs);
    if (granted !== undefined) return granted === 'by-time' ? undefined : granted;
    if (found.needsJob === undefined) return undefined;
    if (!found.needsJob) return NO;
    return use.joinedTo === undefined ? NO_UNDECIDED : NO_REFUTED;
  }

  /**
   * Whether the creator of a grant is expected to create such. Conditions are ignored here: if one was not met, the row of
   * the creation says so, which is enough.
   */
  #verdictOfCreator(use: InspectedUse): Verdict {
    let best: Permission | undefined;
    for (const permissions of this.#index.of(use)) {
      for (const { permission, fromMs, toMs } of permissions.entriesFor(use.principal).flat()) {
        const isThen = use.eventTimeMs >= fromMs && use.eventTimeMs < toMs;
        if (
          isThen &&
          permission.namesOperation(use) &&
          permission.rank < (best?.rank ?? Number.POSITIVE_INFINITY)
        )
          best = permission;
      }
    }
    return best?.verdict ?? NO_RULE;
  }

  #search(use: InspectedUse, timeMs: number | undefined): Found {
    const found: Found = {
      best: undefined,
      earliestByTime: Number.POSITIVE_INFINITY,
      isNamed: false,
      needsJob: false,
    };
    for (const permissions of this.#index.of(use)) {
      const isNamed = permissions.namesKeyAt(timeMs);
      if (isNamed === false) continue;
      if (found.isNamed !== true) found.isNamed = isNamed;
      for (const entries of permissions.entriesFor(use.principal)) askInOrder(entries, use, timeMs, found);
    }
    return found;
  }
}

/** The result of a search. `isNamed` and `needsJob` are undefined if they depend on the time. */
interface Found {
  /** The first in the order of ids that allows the use. */
  best: Permission | undefined;
  /** The rank of the first that allows it at some times. */
  earliestByTime: number;
  isNamed: boolean | undefined;
  needsJob: boolean | undefined;
}

function askInOrder(
  entries: readonly KeyEntry[],
  use: InspectedUse,
  timeMs: number | undefined,
  found: Found,
): void {
  for (const entry of entries) {
    const { permission } = entry;
    if (found.best !== undefined && permission.rank >= found.best.rank) return;
    if (timeMs !== undefined && (timeMs < entry.fromMs || timeMs >= entry.toMs)) continue;
    const answer = permission.ask(use, timeMs);
    if (answer === 'no') continue;
    const isByTime = answer.endsWith('-by-time') || (timeMs === undefined && isBound(entry));
    if (answer.startsWith('jobs')) {
      if (!isByTime) found.needsJob = true;
      else if (found.needsJob === false) found.needsJob = undefined;
    } else if (isByTime) found.earliestByTime = Math.min(found.earliestByTime, permission.rank);
    else found.best = permission;
  }
}

/** The principal that an id in a grant names. */
function principalOf(id: string): Principal {
  const type = kindOfIdentityArn(id);
  if (type === undefined) return { type: id.startsWith('arn:') ? 'unknown' : 'service', id };
  const accountId = accountOfArn(id);
  return { type, id, ...(accountId === undefined ? {} : { accountId }) };
}
