import type { KeytrailErrorCode } from '../../keytrail-error.ts';

/** What the front is started with. */
export interface FrontData {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly token?: string;
  /** Folder of the embedded store, which the front asks itself whether it answers; absent for a table in AWS. */
  readonly dataFolder?: string;
}

/** A request that is for the main thread. */
export interface AskedMessage {
  readonly kind: 'asked';
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: ArrayBuffer;
}

/** From the front. */
export type FrontMessage =
  | { readonly kind: 'listening'; readonly url: string; readonly port: number }
  | { readonly kind: 'refused'; readonly code: KeytrailErrorCode; readonly message: string }
  | AskedMessage
  /** The client of a request hung up. */
  | { readonly kind: 'gone'; readonly id: number }
  | { readonly kind: 'failure'; readonly error: unknown }
  | { readonly kind: 'closed' };

/** To the front. */
export type MainMessage =
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: ArrayBuffer;
    }
  | { readonly kind: 'close' };
