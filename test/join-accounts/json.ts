/** A JSON object under construction. */
export interface Json {
  readonly [member: string]: unknown;
}

/** Whole seconds, as CloudTrail writes times. */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

/** `{ [name]: value }`, or nothing where there is no value: spread into a literal, it leaves the member out. */
export function given(name: string, value: unknown): Json {
  return value === undefined ? {} : { [name]: value };
}

/** CloudTrail's `kmsKeyId` as EventBridge's `KmsKeyId`, all the way down. */
export function inPascalCase(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(inPascalCase);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      inPascalCase(inner),
    ]),
  );
}
