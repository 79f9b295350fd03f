import type { Principal, PrincipalType } from '../../cloudtrail/identity.ts';
import type { GrantDetail, KeyFrom, OperationCategory, Outcome } from '../../kms/key-use.ts';
import { isoTime } from '../../utc-time.ts';
import {
  AT,
  type Extra,
  type Profile,
  parseContext,
  parseExtra,
  parseSession,
  type Session,
} from '../facts/fact.ts';
import { attributionOf } from '../facts/judgement-text.ts';
import type { RowSet } from '../facts/row-set.ts';
import type { UsageRow } from './questions.ts';

/** The ids by which an addendum may name the event of a row: its own, and its copies'. */
export function correctableIds(set: RowSet, row: number): string[] {
  return [set.eventId(row), ...(parseExtra(set.parts(row).extra).copies ?? [])];
}

/** A row as answers show it. Members that are not known are absent. */
export function answerRow(set: RowSet, row: number, corrections: ReadonlyMap<string, string>): UsageRow {
  const parts = set.parts(row);
  const profile = set.profileOf(row);
  const [accountId, region, keyArn, keyRef, keyFrom, keyRole, operation, category, outcome, errorCode] =
    profile;
  const keyMaterialId = profile[AT.keyMaterialId];
  const session = parseSession(parts.session);
  const [, , , sourceIp, userAgent, vpcEndpointId, customKeyStoreId, xksKeyId] = session;
  const extra: Extra = parseExtra(parts.extra);
  const eventId = set.eventId(row);
  return present<UsageRow>({
    eventId,
    eventTime: isoTime(set.times[row] as number),
    accountId,
    region,
    keyArn,
    keyRef,
    keyFrom: keyFrom as KeyFrom | null,
    keyRole: keyRole as 'source' | 'destination' | null,
    operation,
    category: category as OperationCategory,
    outcome: outcome as Outcome,
    errorCode,
    principal: answerPrincipal(profile, session),
    encryptionContext: parseContext(parts.context),
    grant: extra.grant as GrantDetail | undefined,
    keyMaterialId,
    customKeyStoreId,
    xksKeyId,
    sourceIp,
    userAgent,
    vpcEndpointId,
    sharedEventId: extra.sharedEventId,
    eventCategory: extra.eventCategory,
    callId: extra.callId,
    copies: extra.copies,
    supersedes: extra.supersedes,
    supersededBy: corrections.get(eventId) ?? firstDefined(extra.copies, (copy) => corrections.get(copy)),
    truncated: extra.truncated,
    attribution: attributionOf(set.judgements.text(set.judgement[row] as number)),
  });
}

function answerPrincipal(profile: Profile, [session, sourceIdentity, via]: Session): Principal {
  const id = profile[AT.principalId];
  const type = profile[AT.principalType];
  const accountId = profile[AT.principalAccount];
  return present<Principal>({
    id,
    type: type as PrincipalType,
    accountId,
    session,
    sourceIdentity,
    via,
  });
}

function firstDefined(ids: readonly string[] | undefined, find: (id: string) => string | undefined) {
  for (const id of ids ?? []) {
    const found = find(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Nullable<T> = { [K in keyof T]: T[K] | null | undefined };

/** Leaves out what is null or undefined. */
function present<T extends object>(members: Nullable<T>): T {
  const answer: Partial<T> = {};
  for (const name in members) {
    const value = members[name];
    if (value !== null && value !== undefined) answer[name] = value;
  }
  return answer as T;
}
