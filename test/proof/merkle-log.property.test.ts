import fc from 'fast-check';
import { expect, it } from 'vitest';
import { leafHash } from '../../src/proof/merkle-hash.ts';
import {
  consistencyProof,
  inclusionProof,
  type NodePlace,
  nodesFilledBy,
  rootOfLog,
} from '../../src/proof/merkle-log.ts';
import { isConsistent, isIncluded } from '../../src/proof/merkle-proof.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { NaiveLog } from './naive-log.ts';

const someEntries = fc
  .array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 70, size: 'max' })
  .map((entries) => new NaiveLog(entries));

/** A log, a size it has had, and a size no larger. */
const aLogAndSizes = someEntries.chain((log) =>
  fc
    .integer({ min: 1, max: log.entries.length })
    .chain((size) => fc.tuple(fc.constant(log), fc.constant(size), fc.integer({ min: 0, max: size }))),
);

const numRuns = fuzzRuns(300);

it('proves every leaf and every earlier size as RFC 6962 defines it, and both proofs verify', async () => {
  await fc.assert(
    fc.asyncProperty(aLogAndSizes, async ([log, size, before]) => {
      const head = { size, root: await rootOfLog(size, log.read) };
      expect(head.root).toEqual(log.root(size));
      const consistency = await consistencyProof(before, size, log.read);
      expect(consistency).toEqual(log.consistency(before, size));
      expect(isConsistent({ size: before, root: log.root(before) }, head, consistency)).toBe(true);
      if (before === size) return;
      const inclusion = await inclusionProof(before, size, log.read);
      expect(inclusion).toEqual(log.inclusion(before, size));
      expect(isIncluded(leafHash(log.entries[before] as Uint8Array), before, inclusion, head)).toBe(true);
    }),
    { numRuns },
  );
});

it('grows leaf by leaf to the nodes that all its leaves have', async () => {
  await fc.assert(
    fc.asyncProperty(someEntries, async (log) => {
      const nodes = new Map<string, Uint8Array>();
      const read = async (places: readonly NodePlace[]) =>
        places.map(({ level, index }) => nodes.get(`${level} ${index}`) as Uint8Array);
      for (const [index, entry] of log.entries.entries()) {
        for (const [level, hash] of (await nodesFilledBy(index, leafHash(entry), read)).entries())
          nodes.set(`${level} ${(index + 1) / 2 ** level - 1}`, hash);
        expect(await rootOfLog(index + 1, read)).toEqual(log.root(index + 1));
      }
    }),
    { numRuns: fuzzRuns(50) },
  );
});

it('verifies no proof of which a bit, a hash, a size or a leaf is another', async () => {
  await fc.assert(
    fc.asyncProperty(
      aLogAndSizes,
      fc.nat(),
      fc.constantFrom('bit', 'one less', 'one more', 'size', 'root', 'leaf'),
      async ([log, size, before], at, what) => {
        const index = Math.min(before, size - 1);
        const alter = (proof: readonly Buffer[]) => {
          if (what === 'one less') return proof.slice(0, -1);
          if (what === 'one more') return [...proof, log.root(1)];
          return proof.map((hash, place) =>
            what === 'bit' && place === at % proof.length ? flip(hash, at) : hash,
          );
        };
        const isAltered = (proof: readonly Buffer[]) =>
          what === 'one more' || what === 'root' || what === 'leaf' || proof.length > 0;
        const root = what === 'root' ? flip(log.root(size), at) : log.root(size);
        // Another size only matters where the proof would have another length or order.
        const head = { size, root };
        const inclusion = log.inclusion(index, size);
        const leaf = leafHash(log.entries[index] as Uint8Array);
        if (what !== 'size' && isAltered(inclusion)) {
          const shown = what === 'leaf' ? flip(leaf, at) : leaf;
          expect(isIncluded(shown, index, alter(inclusion), head)).toBe(false);
        }
        if (before === 0 || before === size) return;
        const old = { size: before, root: log.root(before) };
        const consistency = log.consistency(before, size);
        if (what === 'size') {
          expect(isConsistent({ ...old, size: size + 1 }, head, consistency)).toBe(false);
        } else if (what === 'leaf') {
          expect(isConsistent({ ...old, root: flip(old.root, at) }, head, consistency)).toBe(false);
        } else {
          expect(isConsistent(old, head, alter(consistency))).toBe(false);
        }
      },
    ),
    { numRuns },
  );
});

function flip(bytes: Uint8Array, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  const byte = at % flipped.length;
  flipped[byte] = (flipped[byte] as number) ^ (1 << (at % 8));
  return flipped;
}
