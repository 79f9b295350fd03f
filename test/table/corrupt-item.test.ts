import { expect, it } from 'vitest';
import { corruptItem } from '../../src/table/corrupt-item.ts';
import { decodeJson } from '../../src/table/json-body.ts';

it('names the item that is damaged, and says what to do', () => {
  const item = { pk: 'R#2026-03-01', sk: '000001.abcdefgh', body: Uint8Array.of(1, 2, 3) };
  expect(() => decodeJson(item, 'The root of 2026-03-01')).toThrow(
    expect.objectContaining({
      code: 'corrupt-item',
      message: expect.stringMatching(
        /^The root of 2026-03-01 \(pk R#2026-03-01, sk 000001\.abcdefgh\) is damaged\. Restore .* or import the logs again/,
      ),
    }),
  );
});

it('shows no text of records but by its hash', () => {
  const { message } = corruptItem(
    'The name of a key',
    { pk: 'K', sk: 'ref:1/eu/alias/\u001b[2J\nok' },
    undefined,
  );
  expect(message).toMatch(/\(pk K, sk with SHA-256 [0-9a-f]{64}\)/);
});
