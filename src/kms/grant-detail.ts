import { boundedText, type CutMembers } from '../cloudtrail/bounded-text.ts';
import { objectIn, textIn } from '../cloudtrail/json-members.ts';
import { type EncryptionContext, encryptionContextOf } from './encryption-context.ts';
import type { GrantDetail } from './key-use.ts';
import type { KmsRecord } from './kms-record.ts';

/**
 * The grant that a record is about. `CreateGrant` describes it in the request and has its id in the response;
 * `RevokeGrant` has the id in the request, `RetireGrant` in `additionalEventData`, as any operation may. Since 2026 a
 * service as grantee or retiring principal has its own member.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-creategrant.html
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
 */
export function grantDetailOf(
  record: KmsRecord,
  isGrantOperation: boolean,
  cut: CutMembers,
): GrantDetail | undefined {
  const detail: { -readonly [Member in keyof GrantDetail]: GrantDetail[Member] } = {};
  let isKnown = false;
  const id = boundedText(idOf(record, isGrantOperation), 'grant.id', cut);
  if (id !== undefined) {
    detail.id = id;
    isKnown = true;
  }
  const request = isGrantOperation ? record.request : undefined;
  if (request === undefined) {
    return isKnown ? detail : undefined;
  }
  const grantee = principalIn(request.granteePrincipal) ?? principalIn(request.granteeServicePrincipal);
  const boundedGrantee = boundedText(grantee, 'grant.grantee', cut);
  if (boundedGrantee !== undefined) {
    detail.grantee = boundedGrantee;
    isKnown = true;
  }
  const retiring = principalIn(request.retiringPrincipal) ?? principalIn(request.retiringServicePrincipal);
  const boundedRetiring = boundedText(retiring, 'grant.retiringPrincipal', cut);
  if (boundedRetiring !== undefined) {
    detail.retiringPrincipal = boundedRetiring;
    isKnown = true;
  }
  const operations = operationsIn(request.operations, cut);
  if (operations !== undefined) {
    detail.operations = operations;
    isKnown = true;
  }
  const constraints = constraintsIn(request.constraints);
  if (constraints !== undefined) {
    detail.constraints = constraints;
    isKnown = true;
  }
  return isKnown ? detail : undefined;
}

function idOf(record: KmsRecord, isGrantOperation: boolean): string | undefined {
  const inAdditional = textIn(record.additional?.grantId);
  return isGrantOperation
    ? (textIn(record.response?.grantId) ?? textIn(record.request?.grantId) ?? inAdditional)
    : inAdditional;
}

/** Trims the end, because a published sample has a space after the service's name. */
function principalIn(value: unknown): string | undefined {
  return typeof value === 'string' ? textIn(value.trimEnd()) : undefined;
}

function operationsIn(value: unknown, cut: CutMembers): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const operations: string[] = [];
  for (const item of value) {
    const operation = boundedText(item, 'grant.operations', cut);
    if (operation !== undefined) {
      operations.push(operation);
    }
  }
  return operations.length === 0 ? undefined : operations;
}

const noPairs: EncryptionContext = Object.freeze({});

/** Each constraint as pairs, also `sourceArn`, which is a text. An empty constraint is kept. */
function constraintsIn(value: unknown): GrantDetail['constraints'] | undefined {
  const constraints = objectIn<string>(value);
  if (constraints === undefined) {
    return undefined;
  }
  const entries: [string, EncryptionContext][] = [];
  for (const [name, constraint] of Object.entries(constraints)) {
    if (constraint !== null && constraint !== undefined && constraint !== '') {
      entries.push([name.toWellFormed(), encryptionContextOf(constraint, name.toWellFormed()) ?? noPairs]);
    }
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
