import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a receiver does with a request: whether it takes it, and what it says. */
export type Reaction = 'taken' | 'refused' | 'taken, then 500' | 'dropped' | 'taken, then dropped' | 'silent';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const NOTICE_ID = /(?<![\w-])[\w-]{22}\.\d+(?!\w)/g;

/** Ids of the notices in a request, whatever its protocol. */
function noticeIdsIn({ headers, body }: Received): readonly string[] {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const plain = isForm ? [...new URLSearchParams(body).values()].join('\n') : body;
  return [...new Set(plain.match(NOTICE_ID))];
}

/** A server on loopback that answers as a test sets it, and keeps what it accepted. */
abstract class Receiver {
  readonly taken: Received[] = [];
  /** Ids of notices that were taken and whose answer was lost, each time. */
  readonly lost: string[] = [];
  /** For the next requests, in their order; then everything is taken. */
  reactions: Reaction[] = [];
  requests = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#react(request, response);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** What it says to a request that it takes. */
  protected abstract take(received: Received): Promise<Answer>;

  async #react(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = { path: request.url ?? '', headers: request.headers, body: await text(request) };
    this.requests++;
    const reaction = this.reactions.shift() ?? 'taken';
    let answer: Answer = { status: 500, headers: { 'content-type': 'application/json' }, body: '{}' };
    if (reaction.startsWith('taken')) {
      this.taken.push(received);
      const said = await this.take(received);
      if (reaction === 'taken') answer = said;
      else this.lost.push(...noticeIdsIn(received));
    }
    if (reaction === 'silent') return;
    if (reaction.endsWith('dropped')) request.socket.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

/** Any receiver of webhooks. */
export class WebhookReceiver extends Receiver {
  status = 204;
  readonly headers: Record<string, string> = {};

  get ids(): readonly string[] {
    return this.taken.map(({ headers }) => String(headers['webhook-id']));
  }

  protected async take(): Promise<Answer> {
    return { status: this.status, headers: this.headers };
  }
}

/** Another server, seen through one that may fail before it or after it. */
export class Front extends Receiver {
  readonly #behind: string;

  constructor(behind: string) {
    super();
    this.#behind = behind;
  }

  protected async take({ path, headers, body }: Received): Promise<Answer> {
    const { 'content-type': type = '', authorization = '' } = headers;
    const answer = await fetch(this.#behind + path, {
      method: 'POST',
      headers: { 'content-type': type, authorization },
      body,
    });
    const said = answer.headers.get('content-type') ?? '';
    return { status: answer.status, headers: { 'content-type': said }, body: await answer.text() };
  }
}

/** EventBridge's PutEvents, in its protocol (JSON 1.1), as far as a channel asks it. */
export class EventBusReceiver extends Receiver {
  /** Asked of each entry's detail: whether it alone is refused. */
  refuses: ((detail: string) => boolean) | undefined;

  get entries(): readonly Record<string, unknown>[] {
    return this.taken.flatMap(({ body }) => JSON.parse(body).Entries);
  }

  get ids(): readonly string[] {
    return this.entries.map(({ Detail }) => JSON.parse(String(Detail)).id);
  }

  protected async take({ headers, body }: Received): Promise<Answer> {
    if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') throw new Error('only PutEvents is asked for');
    const Entries = JSON.parse(body).Entries.map(({ Detail }: { Detail: string }, index: number) =>
      this.refuses?.(Detail) === true
        ? { ErrorCode: 'InternalFailure', ErrorMessage: 'x' }
        : { EventId: `event-${index}` },
    );
    const FailedEntryCount = Entries.filter((entry: object) => 'ErrorCode' in entry).length;
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ Entries, FailedEntryCount }),
    };
  }
}

/** Security Hub's BatchImportFindings, in its protocol (REST-JSON). */
export class FindingsReceiver extends Receiver {
  refuses: ((id: string) => boolean) | undefined;

  get findings(): readonly Record<string, unknown>[] {
    return this.taken.flatMap(({ body }) => JSON.parse(body).Findings);
  }

  get ids(): readonly string[] {
    return this.findings.map(({ ProductFields }) => {
      const fields = ProductFields as Record<string, string>;
      return `${fields['keytrail/alertId']}.${fields['keytrail/change']}`;
    });
  }

  protected async take({ path, body }: Received): Promise<Answer> {
    if (path !== '/findings/import') throw new Error('only BatchImportFindings is asked for');
    const ids: string[] = JSON.parse(body).Findings.map(({ Id }: { Id: string }) => Id);
    const FailedFindings = ids
      .filter((id) => this.refuses?.(id) === true)
      .map((Id) => ({ Id, ErrorCode: 'InvalidInput', ErrorMessage: 'x' }));
    const FailedCount = FailedFindings.length;
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ FailedCount, SuccessCount: ids.length - FailedCount, FailedFindings }),
    };
  }
}

/** Secrets Manager's GetSecretValue, in its protocol (JSON 1.1). */
export class SecretKeeper extends Receiver {
  secret = '';

  protected async take({ headers }: Received): Promise<Answer> {
    if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      throw new Error('only that is asked for');
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ ARN: 'arn', Name: 'name', VersionId: 'v', SecretString: this.secret }),
    };
  }
}
