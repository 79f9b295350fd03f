import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

/** Something that speaks DynamoDB's API. */
export interface DynamoDbEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** dynalite, in this process and in memory, on a free port of the loopback. */
export async function serveDynalite(): Promise<DynamoDbEndpoint> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
