import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventTimeMs } from '../../src/cloudtrail/event-time.ts';
import type { Json } from '../oracle/json.ts';

/** What the target ends in, whether or not the service's whole name stands before it. */
const TARGET = 'CloudTrail_20131101.LookupEvents';
const HISTORY_MS = 90 * 86_400_000;

export interface LookupRequest {
  /** From 1. */
  readonly number: number;
  readonly atMs: number;
  readonly source: string;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly token: string | undefined;
}

/**
 * Answers in CloudTrail's place.
 * - `refused`: with an error of its own;
 * - `broken`: by no answer at all.
 */
export type Fault =
  | { readonly kind: 'refused'; readonly status?: number; readonly code: string }
  | { readonly kind: 'broken' };

interface Kept {
  readonly timeMs: number;
  readonly event: Json;
}

/** LookupEvents on loopback, by its protocol: JSON 1.1, pages of 50, tokens, its pace, and able to fail. */
export class LookupEventsServer {
  readonly requests: LookupRequest[] = [];
  /** Requests that came too fast. */
  throttled = 0;
  fault: (request: LookupRequest) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
  /** What becomes of a question that begins more than 90 days ago; in either case nothing so old is answered. */
  tooOld: 'refused' | 'empty' = 'refused';
  isInOrder = true;
  now: () => number = () => performance.timeOrigin + performance.now();
  #kept: Kept[] = [];
  readonly #server = createServer((asked, answer) => {
    this.#serve(asked, answer).catch((error: unknown) => answer.destroy(error as Error));
  });

  static async listening(): Promise<LookupEventsServer> {
    const server = new LookupEventsServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** The ordinary AWS variables of who uses it. */
  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL_CLOUDTRAIL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-west-2',
      AWS_ACCESS_KEY_ID: 'reader',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
  }

  /** Begins anew, with these records in its event history. */
  reset(records: readonly unknown[] = []): void {
    this.requests.splice(0);
    this.throttled = 0;
    this.fault = () => undefined;
    this.tooOld = 'refused';
    this.isInOrder = true;
    this.now = () => performance.timeOrigin + performance.now();
    this.keep(records);
  }

  keep(records: readonly unknown[]): void {
    this.#kept = records.map((record) => keptOf(record as Json)).sort((a, b) => b.timeMs - a.timeMs);
  }

  /** Has an event that is given as it is. */
  keepEvent(timeMs: number, event: Json): void {
    this.#kept.push({ timeMs, event: { EventTime: timeMs / 1_000, ...event } });
    this.#kept.sort((a, b) => b.timeMs - a.timeMs);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const question = JSON.parse(await text(asked)) as Json;
    const request = requestOf(question, this.requests.length + 1, this.now());
    const recent = this.requests.filter(({ atMs }) => request.atMs - atMs < 1_000).length;
    this.requests.push(request);
    const refuse = (code: string, status = 400) => {
      answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      answer.end(JSON.stringify({ __type: code, message: 'So it is.' }));
    };
    const fault = await this.fault(request);
    if (fault?.kind === 'broken') return void answer.destroy();
    if (fault?.kind === 'refused') return refuse(fault.code, fault.status);
    if (recent >= 2) {
      this.throttled += 1;
      return refuse('ThrottlingException');
    }
    if (!String(asked.headers['x-amz-target']).endsWith(TARGET)) return refuse('UnknownOperationException');
    const { startMs = 0, endMs = Number.POSITIVE_INFINITY, source, token } = request;
    if (startMs > endMs) return refuse('InvalidTimeRangeException');
    const oldestMs = this.now() - HISTORY_MS;
    if (request.startMs !== undefined && startMs < oldestMs && this.tooOld === 'refused') {
      return refuse('InvalidTimeRangeException');
    }
    const bound = JSON.stringify([source, request.startMs, request.endMs, question['MaxResults']]);
    const place = placeOf(token, bound);
    if (place === undefined) return refuse('InvalidNextTokenException');
    const found = this.#kept.filter(
      ({ timeMs, event }) =>
        event['EventSource'] === source && timeMs >= Math.max(startMs, oldestMs) && timeMs <= endMs,
    );
    if (!this.isInOrder) found.reverse();
    const size = Number(question['MaxResults'] ?? 50);
    const next = Buffer.from(JSON.stringify({ place: place + size, bound })).toString('base64');
    answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    answer.end(
      JSON.stringify({
        Events: found.slice(place, place + size).map(({ event }) => event),
        ...(found.length > place + size ? { NextToken: next } : {}),
      }),
    );
  }
}

function keptOf(record: Json): Kept {
  const timeMs = eventTimeMs(record['eventTime']) ?? 0;
  return {
    timeMs,
    event: {
      EventId: record['eventID'],
      EventName: record['eventName'],
      ReadOnly: String(record['readOnly']),
      EventTime: timeMs / 1_000,
      EventSource: record['eventSource'],
      Resources: [],
      CloudTrailEvent: JSON.stringify(record),
    },
  };
}

function requestOf(question: Json, number: number, atMs: number): LookupRequest {
  const { LookupAttributes, StartTime, EndTime, NextToken } = question;
  const attributes = LookupAttributes as { AttributeKey: string; AttributeValue: string }[] | undefined;
  const [attribute] = attributes ?? [];
  if (attributes?.length !== 1 || attribute?.AttributeKey !== 'EventSource') {
    throw new Error('it asks for something else than one event source');
  }
  const milliseconds = (time: unknown) => (time === undefined ? undefined : Number(time) * 1_000);
  return {
    number,
    atMs,
    source: attribute.AttributeValue,
    startMs: milliseconds(StartTime),
    endMs: milliseconds(EndTime),
    token: NextToken === undefined ? undefined : String(NextToken),
  };
}

/** Where a page begins; undefined where the token is of another question. */
function placeOf(token: string | undefined, bound: string): number | undefined {
  if (token === undefined) return 0;
  const said = JSON.parse(Buffer.from(token, 'base64').toString()) as { place: number; bound: string };
  return said.bound === bound ? said.place : undefined;
}
