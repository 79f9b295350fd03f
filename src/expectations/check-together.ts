import { operationCategory } from '../kms/operation-category.ts';
import { canonicalText } from '../text/text-order.ts';
import type { Expectation } from './expectation.ts';
import type { Fault } from './fault.ts';

/** A fault of one of several expectations; `place` is its index. */
export interface FaultOfOne extends Fault {
  readonly place: number;
}

/**
 * Faults of expectations in combination: repeated ids, entries with the same contents, and conditions that another entry
 * makes void, so that the two contradict each other.
 */
export function checkTogether(expectations: readonly Expectation[]): FaultOfOne[] {
  return [...repeatedIds(expectations), ...sameContents(expectations), ...voidConditions(expectations)];
}

function repeatedIds(expectations: readonly Expectation[]): FaultOfOne[] {
  const taken = new Set<string>();
  return expectations.flatMap(({ id }, place) => {
    if (!taken.has(id)) {
      taken.add(id);
      return [];
    }
    return [
      { place, path: ['id'], sentence: `the id \`${id}\` is taken by an earlier entry; choose another` },
    ];
  });
}

function sameContents(expectations: readonly Expectation[]): FaultOfOne[] {
  const byContent = new Map<string, string>();
  return expectations.flatMap((expectation, place) => {
    const { id, keys, principals, operations, only, from, expires } = expectation;
    const sorted = [keys, principals, operations].map((list) =>
      list.map((each) => JSON.stringify(each)).sort(),
    );
    const content = canonicalText([sorted, only ?? null, from ?? null, expires ?? null]);
    const first = byContent.get(content);
    if (first === undefined) byContent.set(content, id);
    if (first === undefined || first === id) return [];
    return [{ place, path: [], sentence: `it allows the same as \`${first}\`; keep one of them` }];
  });
}

/** Conditions without effect: expectations only allow, and another one allows the same without conditions. */
function voidConditions(expectations: readonly Expectation[]): FaultOfOne[] {
  const open = expectations.filter(({ only }) => only === undefined).map(asSets);
  return expectations.flatMap((expectation, place) => {
    if (expectation.only === undefined) return [];
    const bound = asSets(expectation);
    const wider = open.find((other) => covers(other, bound));
    if (wider === undefined) return [];
    const sentence = `it contradicts \`${wider.id}\`, which allows all of this without the conditions of \`only\`; narrow one of them`;
    return [{ place, path: ['only'], sentence }];
  });
}

interface AsSets {
  readonly id: string;
  readonly keys: ReadonlySet<string>;
  readonly principals: ReadonlySet<string>;
  readonly operations: ReadonlySet<string>;
  readonly fromMs: number;
  readonly toMs: number;
}

function asSets({ id, keys, principals, operations, from, expires }: Expectation): AsSets {
  return {
    id,
    keys: new Set(keys),
    principals: new Set(
      principals.flatMap((principal) =>
        typeof principal === 'string'
          ? [principal]
          : principal.accounts.map((account) => `account:${account}`),
      ),
    ),
    operations: new Set(operations),
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from),
    toMs: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
  };
}

const CATEGORIES: ReadonlySet<string> = new Set(['cryptographic', 'grant', 'management']);

function covers(wide: AsSets, narrow: AsSets): boolean {
  return (
    wide.fromMs <= narrow.fromMs &&
    wide.toMs >= narrow.toMs &&
    [...narrow.keys].every((key) => wide.keys.has(key)) &&
    [...narrow.principals].every((principal) => wide.principals.has(principal)) &&
    [...narrow.operations].every(
      (name) =>
        wide.operations.has(name) || (!CATEGORIES.has(name) && wide.operations.has(operationCategory(name))),
    )
  );
}
