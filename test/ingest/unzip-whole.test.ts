import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unzipWhole } from '../../src/ingest/unzip-whole.ts';

const text = (length: number, letter: string) => Buffer.alloc(length, letter);

describe('a file that is unzipped whole', () => {
  it('is what was zipped, whatever its size', () => {
    for (const length of [0, 1, 63, 64, 65, 1_000_000, 20_000_000]) {
      const bytes = text(length, 'a');
      expect(unzipWhole(gzipSync(bytes))?.equals(bytes)).toBe(true);
    }
    const random = randomBytes(300_000);
    expect(unzipWhole(gzipSync(random))?.equals(random)).toBe(true);
  });

  it('lies in memory that the next one is laid into', () => {
    const first = unzipWhole(gzipSync(text(100, 'a')));
    const second = unzipWhole(gzipSync(text(100, 'b')));
    expect(first?.buffer).toBe(second?.buffer);
    expect(first?.toString()).toBe('b'.repeat(100));
  });

  it('may be several members, of which the last gives only its own length', () => {
    const members = [text(17_000_000, 'a'), text(10, 'b')];
    const whole = unzipWhole(Buffer.concat(members.map((member) => gzipSync(member))));
    expect(whole?.equals(Buffer.concat(members))).toBe(true);
  });

  it('is nothing where it is damaged, cut short or too large', () => {
    const zipped = gzipSync(randomBytes(10_000));
    expect(unzipWhole(zipped.subarray(0, 5_000))).toBeUndefined();
    const damaged = Buffer.from(zipped);
    damaged.fill(0, 5_000, 5_100);
    expect(unzipWhole(damaged)).toBeUndefined();
    expect(unzipWhole(gzipSync(text(65 * 1024 * 1024, 'a')))).toBeUndefined();
  });
});
