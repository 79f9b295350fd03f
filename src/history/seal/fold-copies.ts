import {
  AT,
  type Extra,
  extraText,
  type FactParts,
  leafCount,
  parseContext,
  parseExtra,
  parseProfile,
  parseSession,
} from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';

/**
 * The most copies and accounts that a folded row names. A use has two or three; forged log files can have thousands, and
 * a day with such a row could never be sealed.
 */
const MAX_NAMED = 50;

/** One copy of a use, or one version of an event. */
export interface Copy {
  readonly eventId: string;
  readonly timeMs: number;
  readonly parts: FactParts;
}

/** The copy that a row holds. */
export function copyOfRow(facts: RowSet, row: number): Copy {
  return { eventId: facts.eventId(row), timeMs: facts.times[row] as number, parts: facts.parts(row) };
}

/**
 * Orders versions of one event by which is shown: the one that says most, then the shorter encoding, then the one
 * that sorts first. It is a total order over contents, so the order of arrival does not matter.
 * @returns negative where `a` is better
 */
export function compareVersions(a: Copy, b: Copy): number {
  const leaves = leafCount(b.parts) - leafCount(a.parts);
  if (leaves !== 0) return leaves;
  const left = `${a.parts.profile}${a.parts.session}${a.parts.context}${a.parts.extra}${a.timeMs}`;
  const right = `${b.parts.profile}${b.parts.session}${b.parts.context}${b.parts.extra}${b.timeMs}`;
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Folds the copies that several accounts logged of one cross-account use (CloudTrail, "sharedEventID": the
 * caller's copy and the resource owner's have event ids of their own) into one. The caller's copy, recorded
 * in the caller's own account, gives its members where both are known, the others what it lacks.
 * @param copies of distinct event ids, two or more, each the best version of its event
 */
export function foldCopies(copies: readonly Copy[]): Copy {
  const callers = new Set(copies.filter(isCallersCopy));
  const ordered = [...copies].sort(
    (a, b) => Number(callers.has(b)) - Number(callers.has(a)) || compareVersions(a, b) || byEventId(a, b),
  );
  const primary = ordered[0] as Copy;
  const profile = [...parseProfile(primary.parts.profile)];
  const session = [...parseSession(primary.parts.session)];
  let context = parseContext(primary.parts.context);
  let extra: Extra = parseExtra(primary.parts.extra);
  const accounts = new Set<string>();
  for (const copy of ordered) {
    const other = parseProfile(copy.parts.profile);
    for (const account of [other[AT.accountId], other[AT.principalAccount]]) {
      if (account !== null) accounts.add(account);
    }
    if (copy === primary) continue;
    // The members that say which key it was are taken together or not at all.
    const takesKey = profile[AT.keyArn] === null && other[AT.keyArn] !== null;
    const takesReference = profile[AT.keyRef] === null;
    other.forEach((member, position) => {
      // What was added to profiles later is not in all of them.
      if (member === null || (profile[position] ?? null) !== null) return;
      const isKey = position === AT.keyArn || position === AT.keyFrom;
      if (isKey ? !takesKey : position === AT.keyRef ? !takesReference : isPrincipal(position)) return;
      profile[position] = member;
    });
    parseSession(copy.parts.session).forEach((member, position) => {
      if (!OF_PRINCIPAL.has(position)) session[position] ??= member;
    });
    context ??= parseContext(copy.parts.context);
    extra = { ...parseExtra(copy.parts.extra), ...extra };
  }
  for (const account of [profile[AT.accountId], profile[AT.principalAccount]]) {
    if (typeof account === 'string') accounts.delete(account);
  }
  return {
    eventId: primary.eventId,
    timeMs: primary.timeMs,
    parts: {
      profile: JSON.stringify(profile),
      session: JSON.stringify(session),
      context: context === undefined ? '' : JSON.stringify(context),
      extra: extraText({
        ...extra,
        ...(copies.length <= MAX_NAMED ? {} : { truncated: [...(extra.truncated ?? []), 'copies'] }),
        copies: copies
          .map((copy) => copy.eventId)
          .sort()
          .slice(0, MAX_NAMED),
        ...(accounts.size === 0 ? {} : { accounts: [...accounts].sort().slice(0, MAX_NAMED) }),
      }),
    },
  };
}

/** The principal of two copies differs in kind (a role here, an account there): never mixed. */
function isPrincipal(position: number): boolean {
  return position >= AT.principalId && position <= AT.principalAccount;
}

/** Members of a session that belong to the principal: its name, source identity and service. */
const OF_PRINCIPAL = new Set([0, 1, 2]);

function isCallersCopy(copy: Copy): boolean {
  const profile = parseProfile(copy.parts.profile);
  return profile[AT.accountId] !== null && profile[AT.accountId] === profile[AT.principalAccount];
}

function byEventId(a: Copy, b: Copy): number {
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}
