import { describe, expect, it, test } from 'vitest';
import { leafHash, nodeHash } from '../../src/proof/merkle-hash.ts';
import { consistencyProof, inclusionProof, nodesFilledBy, rootOfLog } from '../../src/proof/merkle-log.ts';
import { NaiveLog } from './naive-log.ts';

/** The leaves and roots by which implementations of Certificate Transparency are tested. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('a log', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))(
    'has the known root of %i leaves',
    async (size, root) => {
      expect((await rootOfLog(size, new NaiveLog(LEAVES).read)).toString('hex')).toBe(root);
    },
  );

  describe('of the seven leaves of RFC 6962 §2.1.3', () => {
    const entries = [0, 1, 2, 3, 4, 5, 6].map((number) => Buffer.of(number));
    const { read } = new NaiveLog(entries);
    const [a, b, c, d, e, f, j] = entries.map(leafHash) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const g = nodeHash(a, b);
    const h = nodeHash(c, d);
    const i = nodeHash(e, f);
    const k = nodeHash(g, h);
    const l = nodeHash(i, j);

    test.each([
      [0, [b, h, l]],
      [3, [c, g, l]],
      [4, [f, j, k]],
      [6, [i, k]],
    ])('proves leaf %i as it is there', async (index, proof) => {
      expect(await inclusionProof(index, 7, read)).toEqual(proof);
    });

    test.each([
      [3, [c, d, g, l]],
      [4, [l]],
      [6, [i, j, k]],
    ])('proves that it extends the first %i as it is there', async (before, proof) => {
      expect(await consistencyProof(before, 7, read)).toEqual(proof);
    });
  });

  it('of a million leaves takes one more by reading at most twenty nodes', async () => {
    const leaf = leafHash(Buffer.of(1));
    let reads = 0;
    const read = async (places: readonly object[]) => {
      reads += places.length;
      return places.map(() => leaf);
    };
    for (const index of [999_999, 1_000_000, 1_048_575]) {
      reads = 0;
      await nodesFilledBy(index, leaf, read);
      expect(reads).toBeLessThanOrEqual(20);
      await rootOfLog(index + 1, read);
      expect(reads).toBeLessThanOrEqual(40);
    }
  });
});
