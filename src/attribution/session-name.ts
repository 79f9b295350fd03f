/**
 * How a session is named, compared with a job: after the job, beginning with `SageMaker`, by a number, or otherwise.
 * SageMaker names the sessions of jobs in one of these ways. AWS does not document which, so it is learned.
 */
export type SessionNameKind = 'job' | 'sagemaker' | 'number' | 'other';

export const sessionNameKinds: readonly SessionNameKind[] = ['job', 'sagemaker', 'number', 'other'];

export function kindOfSessionName(session: string, jobName: string): SessionNameKind {
  if (isWordIn(jobName, session) || (session.length >= shortestPipelineName && jobName.startsWith(session))) {
    return 'job';
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
