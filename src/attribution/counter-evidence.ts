import { AWS_DNS_SUFFIX } from '../cloudtrail/aws-dns-suffix.ts';
import type { JudgedUse } from './judgement.ts';
import { signOfSessionName } from './session-name.ts';

/** The parts of a use that show who called. */
type Call = Pick<JudgedUse, 'principal'> & {
  readonly [Member in 'userAgent' | 'sourceIp' | 'join' | 'encryptionContext']?: JudgedUse[Member];
};

/**
 * A sentence about a sign that a person, another service or a machine elsewhere made the call under a role that jobs use
 * too: in the call itself, or in the name of its session; `undefined` if there is none.
 */
export function counterEvidenceOf(use: Call): string | undefined {
  return signOfCall(use) ?? signOfName(use);
}

/**
 * A sign in the call itself. Calls that S3 and others make on a job's behalf hide the user agent, so they have no such
 * sign.
 */
export function signOfCall(use: Call): string | undefined {
  const { via } = use.principal;
  const { userAgent, sourceIp } = use;
  return (
    (via === undefined ? undefined : signOfService(via)) ??
    (userAgent === undefined ? undefined : agents.get(userAgent, signOfAgent)) ??
    (sourceIp === undefined || !SERVICE_HOST.test(sourceIp) ? undefined : signOfService(sourceIp)) ??
    (use.join?.inScopeOf === undefined ? undefined : scopes.get(use.join.inScopeOf, signOfScope)) ??
    (use.encryptionContext === undefined ? undefined : signOfContext(use.encryptionContext))
  );
}

const SERVICE_HOST = new RegExp(String.raw`\.${AWS_DNS_SUFFIX}$`);

/** A sign in the name of the session, which is weaker: a job may be called so. */
export function signOfName({ principal: { session } }: Call): string | undefined {
  return session === undefined ? undefined : names.get(session, signOfSessionName);
}

/** Caches results for recurring texts, up to a limit. */
class BoundedCache {
  readonly #known = new Map<string, string | undefined>();

  get(text: string, work: (text: string) => string | undefined): string | undefined {
    if (this.#known.has(text)) {
      return this.#known.get(text);
    }
    if (this.#known.size >= 10_000) {
      this.#known.clear();
    }
    const answer = work(text);
    this.#known.set(text, answer);
    return answer;
  }
}

const names = new BoundedCache();
const agents = new BoundedCache();
const scopes = new BoundedCache();

/** Services that run their own work, which is no job, under a role that they are given. */
const otherServices: ReadonlySet<string> = new Set([
  'apigateway',
  'backup',
  'batch',
  'cloudformation',
  'codebuild',
  'codepipeline',
  'config',
  'databrew',
  'datasync',
  'ecs',
  'ecs-tasks',
  'elasticmapreduce',
  'emr-serverless',
  'events',
  'glue',
  'lambda',
  'quicksight',
  'scheduler',
  'states',
  'transfer',
  'workspaces',
]);

/**
 * The query service that made the call, if one did. People and jobs query data with these, and their calls to S3 show
 * the caller's session: only a session that is known to be a job's makes the call a job's.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AthenaDatasetDefinition.html
 */
export function queryServiceOf({ principal: { via }, userAgent, sourceIp }: JudgedUse): string | undefined {
  return [via, userAgent, sourceIp].find((host) => host !== undefined && QUERY_SERVICE.test(host));
}

const QUERY_SERVICE = new RegExp(String.raw`^(athena|redshift[a-z-]*)\.${AWS_DNS_SUFFIX}$`);

function signOfService(host: string): string | undefined {
  const dot = host.indexOf('.');
  return otherServices.has(dot === -1 ? host : host.slice(0, dot))
    ? `the call was made through ${host}, which is no job's`
    : undefined;
}

/**
 * User agents that no job has: a browser, the CLI, the execution environment of another service, an operating system
 * that jobs do not run on.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
 */
const agentSigns: readonly (readonly [RegExp, string])[] = [
  [
    /^Mozilla\/|\.amazonaws\.com\/?console|console\.amazonaws|signin\.amazonaws|^AWS ?Console/i,
    'the call came from the console',
  ],
  [/aws-cli\//, 'the call came from the AWS CLI'],
  [/exec-env\/AWS_Lambda/, 'the call came from a Lambda function'],
  [/exec-env\/CloudShell/i, 'the call came from CloudShell'],
  [/exec-env\/AWS_ECS/, 'the call came from an ECS task'],
  [/aws-?glue/i, 'the call came from AWS Glue'],
  [/terraform|pulumi|ansible/i, 'the call came from an infrastructure tool'],
  [
    /\bos\/(macos|windows)|\b(darwin|windows)\//i,
    'the call came from an operating system that jobs do not run on',
  ],
];

function signOfAgent(agent: string): string | undefined {
  return agentSigns.find(([pattern]) => pattern.test(agent))?.[1];
}

/** Services that run the customer's code themselves, and receive credentials for it. */
const codeRunners: ReadonlySet<string> = new Set(['batch', 'codebuild', 'ec2', 'ecs', 'glue', 'lambda']);

/**
 * Checks to whom AWS issued the credentials.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
function signOfScope(scope: string): string | undefined {
  const [, , service = ''] = scope.split(':', 3);
  return scope.startsWith('arn:') && codeRunners.has(service)
    ? `the credentials were issued to something of ${service}, not to SageMaker`
    : undefined;
}

function signOfContext(context: Readonly<Record<string, string>>): string | undefined {
  return context['aws:lambda:FunctionArn'] === undefined
    ? undefined
    : "the use is of a Lambda function's own settings";
}
