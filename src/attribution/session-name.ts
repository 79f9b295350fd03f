/**
 * How a session is named, compared with a job: after the job, beginning with `SageMaker`, by a number, as people, SDKs and
 * other services name theirs, or otherwise. AWS does not document how SageMaker names the sessions of jobs, so it is
 * learned.
 */
export type SessionNameKind = 'job' | 'sagemaker' | 'number' | 'outsider' | 'other';

export const sessionNameKinds: readonly SessionNameKind[] = [
  'job',
  'sagemaker',
  'number',
  'outsider',
  'other',
];

export function kindOfSessionName(session: string, jobName: string): SessionNameKind {
  return isNamedAfter(session, jobName) ? 'job' : ownKindOf(session);
}

/** Whether a session is named after a job, or after the pipeline execution that the job is named after. */
export function isNamedAfter(session: string, jobName: string): boolean {
  return (
    isWordIn(jobName, session) || (session.length >= shortestPipelineName && jobName.startsWith(session))
  );
}

const keptKinds = 50_000;
const kinds = new Map<string, Exclude<SessionNameKind, 'job'>>();

/** The kind of a name by itself. Cached, because a session has many uses. */
function ownKindOf(session: string): Exclude<SessionNameKind, 'job'> {
  const kept = kinds.get(session);
  if (kept !== undefined) {
    return kept;
  }
  if (kinds.size >= keptKinds) {
    kinds.clear();
  }
  const kind = readKind(session);
  kinds.set(session, kind);
  return kind;
}

function readKind(session: string): Exclude<SessionNameKind, 'job'> {
  if (signOfSessionName(session) !== undefined) {
    return 'outsider';
  }
  if (isCalledSageMaker(session)) {
    return 'sagemaker';
  }
  return /^[0-9a-f-]{12,}$/i.test(session) ? 'number' : 'other';
}

/** Whether a session is called `SageMaker`, `AmazonSageMaker-…` or the like. */
export function isCalledSageMaker(session: string): boolean {
  return /^(amazon)?sagemaker/i.test(session);
}

/**
 * Session names that services, SDKs and people choose, and SageMaker is not known to choose.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
 */
const sessionSigns: readonly (readonly [RegExp, string])[] = [
  [/@/, 'the session bears the name of a person'],
  [/^i-[0-9a-f]{8,17}$/, 'the session is of an EC2 instance'],
  [/glue/i, 'the session is of AWS Glue'],
  [/^(aws)?codebuild/i, 'the session is of CodeBuild'],
  [
    /^(botocore-session-\d+|aws-sdk-|aws-go-sdk-|aws-?cli)/i,
    'the session was taken by an SDK or the CLI, not by SageMaker',
  ],
  [/github|gitlab|jenkins|terraform|circleci/i, 'the session is of a build system'],
  [/lambda/i, 'the session is of a Lambda function'],
  [/step-?functions/i, 'the session is of Step Functions'],
];

/**
 * A sentence about the name of a session that people, SDKs or other services would give it; `undefined` if there is none.
 * A job may be called so too, and with it its session: other evidence outweighs the sign.
 */
export function signOfSessionName(session: string): string | undefined {
  return sessionSigns.find(([pattern]) => pattern.test(session))?.[1];
}

/** The jobs of a pipeline's execution are named after it, `pipelines-<id>-<step>-…`, and so may sessions be. */
const shortestPipelineName = 'pipelines-'.length + 8;

/** Whether a text contains a name as a whole word: `job-a` is in `SageMaker-job-a`, not in `job-a1`. */
function isWordIn(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!isWordUnit(text.charCodeAt(at - 1)) && !isWordUnit(text.charCodeAt(at + name.length))) {
      return true;
    }
  }
  return false;
}

/** Whether a code unit is a letter or digit. `NaN`, which `charCodeAt` gives outside of a text, is not. */
export function isWordUnit(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}
