/**
 * Builds a value when it is first asked for, and keeps it. A failed build is forgotten, so that the next call builds
 * again: a Lambda function lives for hours, and one refused connection must not fail it for that long.
 * @returns a function that gives the value, or throws what the build threw
 */
export function lazily<Value>(build: () => Promise<Value>): () => Promise<Value> {
  let built: Promise<Value> | undefined;
  return () => {
    built ??= build().catch((error: unknown) => {
      built = undefined;
      throw error;
    });
    return built;
  };
}
