/** AWS did not tell: `action` is the IAM action that was refused or, with a `reason`, failed. */
export interface Unseen {
  readonly kind: 'unseen';
  readonly action: string;
  readonly reason?: string;
}

/** What AWS said of a thing: what it is, that it is not there, or nothing. */
export type Looked<T> = { readonly kind: 'seen'; readonly value: T } | { readonly kind: 'absent' } | Unseen;

/** A thing that the stack names, with what AWS says of it. */
export interface Named<T> {
  readonly name: string;
  readonly looked: Looked<T>;
}

export function valuesSeen<T>(things: readonly Named<T>[]): T[] {
  return things.flatMap(({ looked }) => (looked.kind === 'seen' ? [looked.value] : []));
}

/** Whether AWS told of every one of them what it is, or that it is not there. */
export function allTold(things: readonly Named<unknown>[]): boolean {
  return things.every(({ looked }) => looked.kind !== 'unseen');
}
