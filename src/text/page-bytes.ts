/** Of an answer's items: API Gateway and Lambda take 6 MB with what is around them. */
const MOST_BYTES = 5_000_000;

/** How many items from the first on fit into one answer; at least one. */
export function countWithinBytes(items: readonly object[], mostBytes = MOST_BYTES): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > mostBytes) return Math.max(1, index);
  }
  return items.length;
}
