import type { Outcome } from './key-use.ts';

/**
 * How a call ended, by its `errorCode`, which services spell differently: `AccessDenied`,
 * `AccessDeniedException`, `VpceAccessDenied`, `Client.UnauthorizedOperation`. A dry run that would have been
 * allowed fails with `DryRunOperationException`: it used no key. A record with only an `errorMessage` tells of
 * an error too.
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
