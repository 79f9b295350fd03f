import { buildApp } from 'fauxqs';

/** SQS, SNS and S3 in this process, in account 000000000000. */
export interface AwsServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves SQS, SNS and S3 on loopback. fauxqs's own `startFauxqs` listens on every interface of the machine.
 * @param port 0 for any free port
 */
export async function serveAws({
  region = 'us-east-1',
  port = 0,
}: {
  readonly region?: string;
  readonly port?: number;
} = {}): Promise<AwsServer> {
  const app = buildApp({ logger: false, host: '127.0.0.1', defaultRegion: region });
  const url = await app.listen({ port, host: '127.0.0.1' });
  return {
    url,
    port: Number(new URL(url).port),
    async stop() {
      await app.close();
    },
  };
}
