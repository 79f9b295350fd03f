/**
 * How a session is named, next to a job: after the job, `SageMaker` or with something after it, by a number, or
 * otherwise. SageMaker names the sessions of jobs one way; which, is nowhere documented and so is learned.
 */
export type SessionNameKind = 'job' | 'sagemaker' | 'number' | 'other';

export const sessionNameKinds: readonly SessionNameKind[] = ['job', 'sagemaker', 'number', 'other'];

export function kindOfSessionName(session: string, jobName: string): SessionNameKind {
  if (session.includes(jobName) || (session.length >= shortestPipelineName && jobName.startsWith(session))) {
    return 'job';
  }
  if (/^(amazon)?sagemaker/i.test(session)) {
    return 'sagemaker';
  }
  return /^[0-9a-f-]{12,}$/i.test(session) ? 'number' : 'other';
}

/** The jobs of a pipeline's execution are named after it, `pipelines-<id>-<step>-…`, and so may sessions be. */
const shortestPipelineName = 'pipelines-'.length + 8;
