import { beforeAll, describe, expect, it } from 'vitest';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import type { ProvenSeal, ShownCheckpoint } from '../../src/proof/seal-questions.ts';
import { parseNoteKey } from '../../src/proof/signed-note.ts';
import { parseTlogProof, verifyTlogProof } from '../../src/proof/tlog-proof.ts';
import { aDecrypt } from '../builders/cloud-trail-record.ts';
import { append } from '../history/delivered-records.ts';
import { aTestSigner } from '../proof/test-signer.ts';
import { type AnApi, anApi } from './an-api.ts';

/** What answers have of seals and checkpoints. */
interface Answer {
  readonly items: readonly (Omit<ProvenSeal, 'proof'> & { readonly proof: string } & ShownCheckpoint)[];
  readonly next?: string;
  readonly key: string;
  readonly origin: string;
}

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'];

let api: AnApi;
const ask = async (path: string) => {
  const answer = await api.app.request(path);
  // The members that a test asks for are held against what is expected.
  return { status: answer.status, body: (await answer.json()) as Answer };
};

/** Five days; the first is sealed three times, and the last is not signed yet. */
beforeAll(async () => {
  api = anApi();
  const signer = aTestSigner();
  const seal = async (eventID: string, day: string) => {
    await append(api.table, [aDecrypt({ eventID, eventTime: `${day}T10:00:00Z` })], 'me');
    await sealAll(api.table, 'me', 'test');
  };
  for (const day of DAYS.slice(0, 4)) {
    await seal(`first of ${day}`, day);
    await concludeSealing(api.table, signer);
  }
  for (const number of [2, 3]) {
    await seal(`correction ${number}`, '2026-03-01');
    await concludeSealing(api.table, signer);
  }
  await seal('last', '2026-03-05');
  await concludeSealing(
    api.table,
    aTestSigner(() => true),
  );
});

describe('the seals of a history', () => {
  it('are one for each day, by pages', async () => {
    const { body } = await ask('/v1/seals');
    expect(body.items.map((item) => [item.day, item.version, item.index, item.isSigned, item.rows])).toEqual([
      ['2026-03-01', 3, 5, true, 3],
      ['2026-03-02', 1, 1, true, 1],
      ['2026-03-03', 1, 2, true, 1],
      ['2026-03-04', 1, 3, true, 1],
      ['2026-03-05', 1, 6, false, 1],
    ]);
    const days: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await ask(`/v1/seals?limit=2${cursor}`)).body;
      days.push(...page.items.map(({ day }) => day));
      if (page.next === undefined) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(days).toEqual(DAYS);
  });

  it('of a day are all its versions, each proven by the newest checkpoint', async () => {
    const { body } = await ask('/v1/seals/2026-03-01');
    expect(body.items.map(({ version }) => version)).toEqual([3, 2, 1]);
    const key = parseNoteKey(body.key);
    expect(key.name).toBe(body.origin);
    for (const { leaf, proof, index, rows, version } of body.items) {
      const parsed = parseTlogProof(proof);
      expect(parsed.index).toBe(index);
      expect(verifyTlogProof(Buffer.from(leaf), parsed, key)).toMatchObject({ size: 6 });
      expect(() => verifyTlogProof(Buffer.from(leaf.replace('"rows"', '"Rows"')), parsed, key)).toThrow();
      expect(JSON.parse(leaf)).toMatchObject({ day: '2026-03-01', rows, version });
    }
  });

  it('that no checkpoint has yet have no proof, and a day that is not sealed is not found', async () => {
    const { body } = await ask('/v1/seals/2026-03-05');
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({ isSigned: false, index: 6 });
    expect(body.items[0]).not.toHaveProperty('proof');
    for (const day of ['2026-03-06', 'yesterday', '2026-03-01T00:00:00Z'])
      expect((await ask(`/v1/seals/${day}`)).status).toBe(404);
  });
});

describe('the checkpoints of a history', () => {
  it('are there newest first, by pages, and none without a log', async () => {
    const { body } = await ask('/v1/checkpoints');
    expect(body.items.map(({ size }) => size)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(body.items[0]?.note).toContain(`\n6\n${body.items[0]?.root}\n\n— ${body.origin} `);
    const first = (await ask('/v1/checkpoints?limit=4')).body;
    const second = (await ask(`/v1/checkpoints?limit=4&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items]).toEqual(body.items);
    expect(second).not.toHaveProperty('next');
    const empty = anApi();
    for (const path of ['/v1/seals', '/v1/checkpoints'])
      expect(await (await empty.app.request(path)).json()).toEqual({ items: [] });
  });
});
