import { KeytrailError } from '../keytrail-error.ts';
import type { Problem } from './problem.ts';

interface FailureParts {
  readonly randomUuid: () => string;
  readonly reportFailure: (error: unknown, correlationId: string) => void;
}

/**
 * The problem that answers an error. A caller's mistake is explained. For a failure inside, only the id of its log entry
 * is given.
 */
export function problemOfFailure(error: unknown, { randomUuid, reportFailure }: FailureParts): Problem {
  const code = error instanceof KeytrailError ? error.code : undefined;
  switch (code) {
    case 'bad-cursor':
      return {
        code: 'bad-cursor',
        detail: 'cursor must be the next of an answer to the same question; start again without it.',
        parameter: 'cursor',
      };
    case 'bad-parameter':
    case 'bad-expectation':
      return { code: 'bad-parameter', detail: messageOf(error), ...parameterOf(error) };
    case 'conflict':
    case 'expectation-owned-elsewhere':
      return { code: 'conflict', detail: messageOf(error) };
    case 'needs-scope':
      return { code: 'forbidden', detail: messageOf(error) };
    case 'not-found':
      return { code: 'not-found', detail: messageOf(error) };
    case 'store-unavailable': {
      const correlationId = randomUuid();
      reportFailure(error, correlationId);
      return {
        code: 'store-unavailable',
        detail: 'The store did not answer; try again shortly.',
        correlationId,
      };
    }
    case 'aws-unavailable':
    case 'backfill-running':
    case 'bad-note':
    case 'bad-usage':
    case 'cannot-sign':
    case 'corrupt-item':
    case 'data-folder':
    case 'delivery-failed':
    case 'interrupted':
    case 'log-inconsistent':
    case 'lookup-failed':
    case 'no-history':
    case 'not-a-log-file':
    case 'path-unreadable':
    case 'unsupported-format':
    case undefined: {
      const correlationId = randomUuid();
      reportFailure(error, correlationId);
      return {
        code: 'internal',
        detail: `Look for ${correlationId} in the log of Keytrail to see why.`,
        correlationId,
      };
    }
    default:
      return code satisfies never;
  }
}

function parameterOf(error: unknown): Pick<Problem, 'parameter'> {
  const parameter = error instanceof KeytrailError ? error.parameter : undefined;
  return parameter === undefined ? {} : { parameter };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The request cannot be answered.';
}
