import type { Outcome } from './key-use.ts';

/**
 * The outcome of a call, by its `errorCode`, which services spell differently: `AccessDenied`, `AccessDeniedException`,
 * `VpceAccessDenied`, `Client.UnauthorizedOperation`. An allowed dry run fails with `DryRunOperationException` and uses
 * no key. A record with only an `errorMessage` is of a failed call too.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
 */
export function outcomeOf(errorCode: string | undefined, errorMessage: string | undefined): Outcome {
  if (errorCode === undefined) {
    return errorMessage === undefined ? 'success' : outcomeOfError(errorMessage, 'not authorized to perform');
  }
  if (errorCode.includes('DryRunOperation')) {
    return 'probe';
  }
  return errorCode.includes('Unauthorized') || errorCode.includes('NotAuthorized')
    ? 'denied'
    : outcomeOfError(errorCode, 'AccessDenied');
}

function outcomeOfError(error: string, denial: string): Outcome {
  return error.includes(denial) ? 'denied' : 'failed';
}
