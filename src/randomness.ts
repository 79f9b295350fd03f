import { randomBytes, randomUUID } from 'node:crypto';

/*
 * Randomness, taken here and nowhere else. A function that needs it takes it as a parameter; the shells, and the
 * defaults of such parameters, are these.
 */

/** @returns a random UUID (version 4) */
export const newUuid = (): string => randomUUID();

/** @returns so many bytes from the system's secure generator */
export const secureBytes = (length: number): Uint8Array => randomBytes(length);
