import { Readable } from 'node:stream';
import type { S3Client, S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import { lazily } from '../lazily.ts';
import { type ObjectAddress, unescapedKey } from './object-url.ts';

/** The two S3 operations that an import needs: ListObjectsV2 and GetObject. */
export interface ObjectStore {
  /** The keys with a prefix, in pages of up to 1,000, ordered by their UTF-8 bytes. */
  list(prefix: ObjectAddress): AsyncIterable<readonly string[]>;
  get(address: ObjectAddress, from?: ObjectPlace): Promise<OpenedObject>;
  close(): void;
}

/** Where to resume in an object. */
export interface ObjectPlace {
  /** In bytes, from the start. */
  readonly offset: number;
  /** The ETag of the object when it was first opened. */
  readonly etag: string;
}

export interface OpenedObject {
  readonly etag: string | undefined;
  /** The caller reads it to its end or destroys it. */
  readonly body: Readable;
}

export interface ObjectStoreOptions {
  /** Whether the bucket is in the path instead of the host name, as S3-compatible endpoints want it. */
  readonly isPathStyle: boolean;
}

/** The Region to ask if none is configured: S3 redirects from there to the Region of the bucket. */
const ANY_REGION = 'us-east-1';
const MAX_ATTEMPTS = 3;
const CONNECTION_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 20_000;

/**
 * S3 through its SDK, which is loaded only here, so that an import of local files does not wait for it. The SDK itself
 * reads credentials, Region and endpoint from the usual AWS variables and profiles.
 */
export async function openObjectStore({ isPathStyle }: ObjectStoreOptions): Promise<ObjectStore> {
  const { GetObjectCommand, ListObjectsV2Command, S3Client } = await import('@aws-sdk/client-s3');
  const config: S3ClientConfig = {
    forcePathStyle: isPathStyle,
    maxAttempts: MAX_ATTEMPTS,
    // gzip has its own checksum, and TLS protects bytes without one.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  };
  const clients = new ClientsByBucket(async (region, like) => {
    const shared = like === undefined ? {} : { credentials: like.config.credentials };
    if (region !== undefined) return new S3Client({ ...config, ...shared, region });
    const configured = new S3Client(config);
    const isConfigured = await configured.config.region().then(
      () => true,
      () => false,
    );
    return isConfigured ? configured : new S3Client({ ...config, region: ANY_REGION });
  });

  return {
    async *list({ bucket, key }) {
      for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
        const page = await clients.send(bucket, (client) =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: key,
              // XML cannot express some of the characters that keys may have.
              EncodingType: 'url',
              ContinuationToken: token,
            }),
          ),
        );
        const isEncoded = page.EncodingType === 'url';
        yield (page.Contents ?? []).flatMap(({ Key }) =>
          Key === undefined ? [] : [isEncoded ? unescapedKey(Key) : Key],
        );
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      }
    },

    async get({ bucket, key }, from) {
      const place = from === undefined ? {} : { Range: `bytes=${from.offset}-`, IfMatch: from.etag };
      const answer = await clients.send(bucket, (client) =>
        client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...place })),
      );
      if (!(answer.Body instanceof Readable)) throw new Error('S3 answered without a body');
      return { etag: answer.ETag, body: answer.Body };
    },

    close: () => clients.close(),
  };
}

/** One client for each Region, because requests are signed for a Region. */
class ClientsByBucket {
  readonly #newClient: (region: string | undefined, like: S3Client | undefined) => Promise<S3Client>;
  readonly #clients = new Map<string | undefined, () => Promise<S3Client>>();
  readonly #opened: S3Client[] = [];
  readonly #regions = new Map<string, string>();

  constructor(newClient: (region: string | undefined, like: S3Client | undefined) => Promise<S3Client>) {
    this.#newClient = newClient;
  }

  async send<Answer>(bucket: string, send: (client: S3Client) => Promise<Answer>): Promise<Answer> {
    const known = this.#regions.get(bucket);
    try {
      return await send(await this.#client(known));
    } catch (error) {
      const region = regionInRedirect(error);
      if (region === undefined || region === known) throw error;
      this.#regions.set(bucket, region);
      return await send(await this.#client(region));
    }
  }

  close(): void {
    for (const client of this.#opened) client.destroy();
  }

  #client(region: string | undefined): Promise<S3Client> {
    let client = this.#clients.get(region);
    if (client === undefined) {
      client = lazily(async () => {
        const like = region === undefined ? undefined : await this.#clients.get(undefined)?.();
        const opened = await this.#newClient(region, like);
        this.#opened.push(opened);
        return opened;
      });
      this.#clients.set(region, client);
    }
    return client();
  }
}

/**
 * The Region of the bucket, from an answer that redirects to it.
 * @see S3 User Guide, "Making requests" on redirection, and HeadBucket on the header
 */
function regionInRedirect(error: unknown): string | undefined {
  if (!isServiceException(error)) return undefined;
  const { httpStatusCode } = error.$metadata;
  if (httpStatusCode !== 301 && httpStatusCode !== 307 && httpStatusCode !== 400) return undefined;
  return error.$response?.headers['x-amz-bucket-region'];
}

function isServiceException(error: unknown): error is S3ServiceException {
  return error instanceof Error && '$metadata' in error && '$fault' in error;
}
