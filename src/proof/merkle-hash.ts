import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** The hash of a leaf, SHA-256(0x00 ‖ entry), by RFC 6962 §2.1. */
export function leafHash(entry: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([LEAF, entry]), 'buffer');
}

/** The hash of an inner node, SHA-256(0x01 ‖ left ‖ right), by RFC 6962 §2.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}

/** The root of a tree without leaves, SHA-256 of nothing, by RFC 6962 §2.1. */
export const EMPTY_ROOT = hash('sha256', '', 'buffer');
