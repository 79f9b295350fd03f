/**
 * Every failure that Keytrail itself raises. The code decides what happens next; the message is one sentence for a
 * person and says what to do.
 */
export type KeytrailErrorCode =
  | 'aws-unavailable'
  | 'backfill-running'
  | 'bad-cursor'
  | 'bad-expectation'
  | 'bad-note'
  | 'bad-parameter'
  | 'bad-usage'
  | 'cannot-sign'
  | 'conflict'
  | 'corrupt-item'
  | 'data-folder'
  | 'delivery-failed'
  | 'expectation-owned-elsewhere'
  | 'interrupted'
  | 'log-inconsistent'
  | 'lookup-failed'
  | 'needs-scope'
  | 'no-history'
  | 'not-a-log-file'
  | 'not-found'
  | 'path-unreadable'
  | 'store-unavailable'
  | 'unsupported-format';

export class KeytrailError extends Error {
  override readonly name = 'KeytrailError';
  readonly code: KeytrailErrorCode;
  /** The parameter or member at fault, if the error is about one. */
  readonly parameter: string | undefined;

  constructor(
    code: KeytrailErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly parameter?: string },
  ) {
    super(message, options);
    this.code = code;
    this.parameter = options?.parameter;
  }
}

/** The code or name of an error: the only parts that may be logged, since messages may quote records. */
export function errorCodeOf(error: unknown): string {
  if (error instanceof KeytrailError) {
    const { cause } = error;
    return cause instanceof Error ? `${error.code} ${cause.name}` : error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
