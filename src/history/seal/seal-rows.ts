import { RoleByProfile } from '../facts/row-roles.ts';
import type { RowSet } from '../facts/row-set.ts';
import { chooseVersions } from './choose-versions.ts';
import { findVersions } from './find-versions.ts';
import { foldEvents } from './fold-events.ts';
import { resolveReferences } from './resolve-references.ts';
import type { SealInput } from './seal-input.ts';

export interface SealedRows {
  readonly facts: RowSet;
  /** The rows that answers show, in no order. */
  readonly visible: readonly number[];
  /** Facts kept beside them: worse versions, folded copies, boundary rows. Never in an answer. */
  readonly hidden: readonly number[];
  /** By raw row: `DISPOSITION`. */
  readonly dispositions: Uint8Array;
}

/**
 * What a set of facts amounts to: exact duplicates dropped, the best version of each event chosen,
 * cross-account copies folded, references resolved. A pure function of the set: neither order nor repetition
 * of its facts changes the answer.
 */
export function sealRows(input: SealInput): SealedRows {
  const { facts } = input;
  const roles = new RoleByProfile(facts);
  const versions = findVersions(input, roles);
  const { dispositions } = versions;
  const { events, hidden } = chooseVersions(input, versions);
  const visible = foldEvents(input, events, roles, dispositions, hidden);
  resolveReferences(facts, visible, input.resolve);
  return { facts, visible, hidden, dispositions };
}
