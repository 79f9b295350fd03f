import type { FactInTree } from '../history/seal/facts-of-event.ts';
import { leafHash, nodeHash } from './merkle-hash.ts';
import { inclusionProof, type ReadNodes } from './merkle-log.ts';

/**
 * What leads from a fact to the seal of its day, as lines of text: the extra data of the proof that the seal is in the
 * log. Without a fact it is the seal alone. Everything but words and numbers is base64.
 *
 *   keytrail-path@v1
 *   row <index> <size> <entry>        the bytes of the fact, and its place in the tree of its hour
 *   <hash>…                           from the leaf's sibling to the root's child
 *   profile <text>                    the texts whose SHA-256 are in the entry
 *   session <text>
 *   extra <text>
 *   hour <index> <size> <entry>       the bytes that stand for the hour; the last 32 are the root of its tree
 *   <hash>…
 *   seal <entry>                      the leaf of the log, whose `factsRoot` is the root of the day's tree
 */
export async function proofPath(seal: Uint8Array, fact?: FactInTree): Promise<Buffer> {
  const lines = [
    'keytrail-path@v1',
    ...(fact === undefined ? [] : await linesOf(fact)),
    `seal ${base64(seal)}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

async function linesOf(fact: FactInTree): Promise<string[]> {
  const { profile, session, extra } = fact.texts;
  return [
    ...(await stage('row', fact.index, fact.entry, fact.leaves)),
    ...Object.entries({ profile, session, extra }).map(
      ([name, text]) => `${name} ${base64(Buffer.from(text))}`,
    ),
    ...(await stage('hour', fact.hourIndex, fact.hourEntry, fact.hourEntries.map(leafHash))),
  ];
}

async function stage(
  name: string,
  index: number,
  entry: Uint8Array,
  leaves: readonly Uint8Array[],
): Promise<string[]> {
  const proof = await inclusionProof(index, leaves.length, nodesOf(leaves));
  return [`${name} ${index} ${leaves.length} ${base64(entry)}`, ...proof.map(base64)];
}

/** The full nodes over some leaves. */
function nodesOf(leaves: readonly Uint8Array[]): ReadNodes {
  const node = (level: number, index: number): Uint8Array =>
    level === 0
      ? (leaves[index] as Uint8Array)
      : nodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  return async (places) => places.map(({ level, index }) => node(level, index));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
