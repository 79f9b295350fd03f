import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What AWS says to one operation of a thing; `undefined` is that there is no such thing. */
export type Account = {
  [operation in Operation]: (id: string) => object | undefined;
};

export const OPERATIONS = [
  'cloudformation:DescribeStacks',
  'cloudformation:ListStackResources',
  'cloudtrail:DescribeTrails',
  'cloudtrail:GetEventSelectors',
  'cloudtrail:GetTrailStatus',
  'dynamodb:DescribeContinuousBackups',
  'dynamodb:DescribeTable',
  'dynamodb:DescribeTimeToLive',
  'events:DescribeEventBus',
  'events:DescribeRule',
  'events:ListTargetsByRule',
  'lambda:GetEventSourceMapping',
  'lambda:GetFunctionConcurrency',
  'lambda:GetFunctionConfiguration',
  's3:GetBucketNotification',
  'sqs:GetQueueAttributes',
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** A refusal by the name that AWS gives it. */
export interface Refusal {
  readonly name: string;
  readonly message: string;
}

interface Call {
  readonly operation: Operation;
  /** The Region that the request is signed for. */
  readonly region: string;
  readonly id: string;
}

/**
 * AWS as far as the doctor asks it, on loopback: the protocols themselves, so that the SDK's own clients take what
 * it says. Lambda's is REST-JSON, CloudFormation's is query and XML, S3's is REST-XML, the others' are JSON 1.0 and 1.1
 * (https://smithy.io/2.0/aws/protocols/).
 */
export class AwsStandIn {
  readonly calls: Call[] = [];
  readonly #refusals = new Map<Operation, Refusal>();
  readonly #server: Server;
  #account: Account;

  private constructor(account: Account) {
    this.#account = account;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, ...errorHeaders(status, body) }).end(body);
      });
    });
  }

  static async listening(account: Account): Promise<AwsStandIn> {
    const standIn = new AwsStandIn(account);
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  /** What a process needs in its environment to ask here. */
  get environment(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  reset(account: Account): void {
    this.#account = account;
    this.#refusals.clear();
    this.calls.length = 0;
  }

  refuse(operations: readonly Operation[], refusal: Refusal): void {
    for (const operation of operations) this.#refusals.set(operation, refusal);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; type: string; body: string }> {
    const call = callOf(request, await text(request));
    this.calls.push(call);
    const refusal = this.#refusals.get(call.operation);
    const answer = refusal === undefined ? this.#account[call.operation](call.id) : undefined;
    if (call.operation.startsWith('s3:')) return restXmlAnswer(call, answer, refusal);
    if (call.operation.startsWith('cloudformation:')) return xmlAnswer(call, answer, refusal);
    const error = refusal ?? { name: notThere(call.operation), message: `${call.id} is not there` };
    return answer === undefined
      ? {
          status: 400,
          type: 'application/json',
          body: JSON.stringify({ __type: error.name, message: error.message }),
        }
      : { status: 200, type: 'application/json', body: JSON.stringify(answer) };
  }
}

function notThere(operation: Operation): string {
  return operation.startsWith('sqs:') ? 'com.amazonaws.sqs#QueueDoesNotExist' : 'ResourceNotFoundException';
}

/** Lambda names an error in a header. */
function errorHeaders(status: number, body: string): Record<string, string> {
  if (status === 200 || !body.startsWith('{')) return {};
  return { 'x-amzn-errortype': JSON.parse(body).__type };
}

function callOf(request: IncomingMessage, body: string): Call {
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const target = request.headers['x-amz-target'];
  const url = new URL(request.url ?? '/', 'http://aws');
  if (typeof target === 'string') {
    const [service = '', name = ''] = target.split('.').slice(-2);
    return { region, operation: operationOf(prefixOf(service), name), id: idIn(JSON.parse(body)) };
  }
  const path = url.pathname.split('/').map(decodeURIComponent);
  const lambda: Record<string, string> = {
    'event-source-mappings': 'GetEventSourceMapping',
    configuration: 'GetFunctionConfiguration',
    concurrency: 'GetFunctionConcurrency',
  };
  const lambdaName = lambda[path[4] ?? ''] ?? lambda[path[2] ?? ''];
  if (lambdaName !== undefined)
    return { region, operation: operationOf('lambda', lambdaName), id: path[3] ?? '' };
  if (url.searchParams.has('notification'))
    return { region, operation: 's3:GetBucketNotification', id: path[1] ?? '' };
  const form = new URLSearchParams(body);
  return {
    region,
    operation: operationOf('cloudformation', form.get('Action') ?? ''),
    id: form.get('NextToken') ?? form.get('StackName') ?? '',
  };
}

function prefixOf(service: string): string {
  if (service.startsWith('CloudTrail')) return 'cloudtrail';
  if (service.startsWith('DynamoDB')) return 'dynamodb';
  return service === 'AmazonSQS' ? 'sqs' : 'events';
}

function operationOf(prefix: string, name: string): Operation {
  const operation = OPERATIONS.find((one) => one === `${prefix}:${name}`);
  if (operation === undefined) throw new Error(`The doctor should not ask for ${prefix}:${name}`);
  return operation;
}

/** What a request names, whatever its operation calls it; a page is asked for by its token. */
function idIn(request: Record<string, unknown>): string {
  for (const member of ['NextToken', 'QueueUrl', 'TableName', 'TrailName', 'Rule', 'Name']) {
    const id = request[member];
    if (typeof id === 'string') return id;
  }
  return '';
}

function xmlAnswer(call: Call, answer: object | undefined, refusal: Refusal | undefined) {
  const type = 'text/xml';
  const name = call.operation.slice(call.operation.indexOf(':') + 1);
  if (answer !== undefined) {
    const body = `<${name}Response><${name}Result>${xml(answer)}</${name}Result></${name}Response>`;
    return { status: 200, type, body };
  }
  const { name: code, message } = refusal ?? {
    name: 'ValidationError',
    message: `Stack with id ${call.id} does not exist`,
  };
  const body = `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: code, Message: message })}</Error></ErrorResponse>`;
  return { status: refusal === undefined ? 400 : 403, type, body };
}

/** Lists stand flat in S3's XML, each entry under the name of the list. */
function restXmlAnswer(call: Call, answer: object | undefined, refusal: Refusal | undefined) {
  const type = 'application/xml';
  if (answer !== undefined) {
    const body = `<NotificationConfiguration>${flatXml(answer)}</NotificationConfiguration>`;
    return { status: 200, type, body };
  }
  const { name: Code, message: Message } = refusal ?? {
    name: 'NoSuchBucket',
    message: `${call.id} does not exist`,
  };
  return {
    status: refusal === undefined ? 404 : 403,
    type,
    body: `<Error>${xml({ Code, Message })}</Error>`,
  };
}

function flatXml(value: unknown): string {
  if (typeof value !== 'object' || value === null) return xml(value);
  return Object.entries(value)
    .flatMap(([name, member]) =>
      (Array.isArray(member) ? member : [member]).map((one) => `<${name}>${flatXml(one)}</${name}>`),
    )
    .join('');
}

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${xml(one)}</member>`).join('');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, member]) => `<${name}>${xml(member)}</${name}>`)
      .join('');
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
