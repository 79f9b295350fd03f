import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type AwsServer, serveAws } from '../../deploy/local/serve-aws.ts';

export interface ObservedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/**
 * Answers in S3's place, or lets a request through.
 * - `refused`: with a status, one of S3's error codes and headers;
 * - `answered`: with a body;
 * - `broken`: with that share of the true answer's body, after which the connection is gone.
 */
export type Fault =
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'answered'; readonly body: string }
  | { readonly kind: 'broken'; readonly share: number };

/** S3 on loopback, with everything that is asked of it on record, and able to fail. */
export class ObservedS3 {
  readonly requests: ObservedRequest[] = [];
  fault: (request: ObservedRequest) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
  readonly #s3: AwsServer;
  readonly #buckets = new Set<string>();
  readonly #client: S3Client;
  readonly #front = createServer((asked, answer) => {
    this.#serve(asked, answer).catch((error: unknown) => answer.destroy(error as Error));
  });

  private constructor(s3: AwsServer) {
    this.#s3 = s3;
    this.#client = new S3Client({
      endpoint: s3.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'maker', secretAccessKey: 'secret' },
    });
  }

  static async listening(): Promise<ObservedS3> {
    const s3 = new ObservedS3(await serveAws());
    await new Promise<void>((resolve) => s3.#front.listen(0, '127.0.0.1', resolve));
    return s3;
  }

  /** The ordinary AWS variables of who uses it. */
  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'reader',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
  }

  /** A bucket with these objects by key. */
  async put(bucket: string, objects: Readonly<Record<string, string | Buffer>>): Promise<void> {
    if (!this.#buckets.has(bucket)) await this.#client.send(new CreateBucketCommand({ Bucket: bucket }));
    this.#buckets.add(bucket);
    await Promise.all(
      Object.entries(objects).map(([Key, Body]) =>
        this.#client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Body) })),
      ),
    );
  }

  async remove(bucket: string, key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }

  /** Forgets requests and faults. */
  reset(): void {
    this.requests.splice(0);
    this.fault = () => undefined;
  }

  async close(): Promise<void> {
    this.#client.destroy();
    this.#front.closeAllConnections();
    await new Promise((resolve) => this.#front.close(resolve));
    await this.#s3.stop();
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = asked;
    const observed = { method, url, headers };
    this.requests.push(observed);
    const fault = await this.fault(observed);
    if (fault?.kind === 'refused') {
      answer.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers });
      answer.end(
        `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>So it is.</Message></Error>`,
      );
      return;
    }
    if (fault?.kind === 'answered') {
      answer.writeHead(200, { 'content-type': 'application/xml' }).end(fault.body);
      return;
    }
    // Not as a URL, which would lose what keys may have of dots.
    const through = request({ host: '127.0.0.1', port: this.#s3.port, path: url, method, headers });
    asked.pipe(through);
    through.on('error', (error) => answer.destroy(error));
    through.on('response', (given) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      if (fault === undefined) {
        given.pipe(answer);
        return;
      }
      const share = Math.floor(Number(given.headers['content-length']) * fault.share);
      let left = share;
      given.on('data', (chunk: Buffer) => {
        const some = chunk.subarray(0, left);
        left -= some.length;
        if (left > 0) answer.write(some);
        // What was written comes through before the end does.
        else if (!answer.writableEnded) answer.write(some, () => answer.socket?.destroySoon());
      });
    });
  }
}
