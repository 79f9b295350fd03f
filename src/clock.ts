/**
 * The clock, read here and nowhere else. The shells (handlers and commands) import it and pass it down, so that
 * the code below them runs in tests at any time.
 * @returns epoch milliseconds
 */
export const now = (): number => Date.now();

/** @returns milliseconds of a clock that never goes back, for durations only */
export const steadyNow = (): number => performance.now();
