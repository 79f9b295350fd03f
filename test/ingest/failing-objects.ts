import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import type { ObjectPlace, ObjectStore, OpenedObject } from '../../src/s3/object-store.ts';
import { type ObjectAddress, objectUrl } from '../../src/s3/object-url.ts';

/**
 * What happens to one request for an object.
 * - `throttled`: S3 asks to be asked less, more often than its client asks again;
 * - `refused`: it may not be read, for a while;
 * - `unreached`: no connection comes about;
 * - `breaks off`: the body ends before its end, and whoever noted its tag may go on from there;
 * - `breaks off untagged`: the same without a tag to go on with;
 * - `changed`: it is written again meanwhile, so that nobody goes on in the middle of it.
 */
export interface ObjectFault {
  /** So many requests go well before. */
  readonly after: number;
  readonly kind: 'throttled' | 'refused' | 'unreached' | 'breaks off' | 'breaks off untagged' | 'changed';
  /** Of a body that breaks off, how much of the rest comes before it does. */
  readonly share: number;
}

export const anObjectFault: fc.Arbitrary<ObjectFault> = fc.record({
  after: fc.nat(3),
  kind: fc.constantFrom('throttled', 'refused', 'unreached', 'breaks off', 'breaks off untagged', 'changed'),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Errors as S3's client throws them. */
function answered(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('S3 says so'), { name, $metadata: { httpStatusCode } });
}

function brokenOff(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

/** Objects by their URLs, of a store whose requests meet with faults, one after the other. */
export class FailingObjects implements ObjectStore {
  /** Those that are not here are not there any more. */
  readonly objects = new Map<string, Buffer>();
  readonly #faults: ObjectFault[];
  #left: number;
  #tags = 0;

  constructor(faults: readonly ObjectFault[]) {
    this.#faults = [...faults];
    this.#left = faults[0]?.after ?? 0;
  }

  // biome-ignore lint/correctness/useYield: nobody lists here
  async *list(): AsyncGenerator<readonly string[], void> {
    throw new Error('a reader of announced objects lists none');
  }

  async get(address: ObjectAddress, from?: ObjectPlace): Promise<OpenedObject> {
    const whole = this.objects.get(objectUrl(address));
    if (whole === undefined) throw answered('NoSuchKey', 404);
    const tag = `"${this.#tags}"`;
    if (from !== undefined && from.etag !== tag) throw answered('PreconditionFailed', 412);
    const rest = whole.subarray(from?.offset ?? 0);
    const fault = this.#nextFault();
    if (fault === undefined) return { etag: tag, body: Readable.from(chunksOf(rest)) };
    switch (fault.kind) {
      case 'throttled':
        throw answered('SlowDown', 503);
      case 'refused':
        throw answered('AccessDenied', 403);
      case 'unreached':
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      case 'changed':
        this.#tags++;
        return { etag: tag, body: Readable.from(broken(rest, fault.share)) };
      case 'breaks off':
        return { etag: tag, body: Readable.from(broken(rest, fault.share)) };
      case 'breaks off untagged':
        return { etag: undefined, body: Readable.from(broken(rest, fault.share)) };
      default:
        return fault.kind satisfies never;
    }
  }

  close(): void {}

  #nextFault(): ObjectFault | undefined {
    const [fault] = this.#faults;
    if (fault === undefined || this.#left-- > 0) return undefined;
    this.#faults.shift();
    this.#left = this.#faults[0]?.after ?? 0;
    return fault;
  }
}

/** As they come from a socket. */
const CHUNK_BYTES = 64 * 1024;

function* chunksOf(bytes: Buffer): Generator<Buffer, void> {
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) yield bytes.subarray(from, from + CHUNK_BYTES);
}

function* broken(bytes: Buffer, share: number): Generator<Buffer, void> {
  yield* chunksOf(bytes.subarray(0, Math.floor(bytes.length * share)));
  throw brokenOff();
}
