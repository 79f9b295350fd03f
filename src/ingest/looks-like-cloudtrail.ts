const LOOKED_AT_BYTES = 64 * 1024;

/** Names of members that records have, or what other tools wrap around them; and how gzip in base64 begins. */
const SIGNS = [
  'eventSource',
  'eventVersion',
  'CloudTrailEvent',
  'detail-type',
  '"Records"',
  'logEvents',
  'H4sI',
];

/** Why a file with an unusual name is not read, by how its text begins; undefined where it may have records. */
export function refusalOfText(head: Buffer): string | undefined {
  const looked = head.subarray(0, LOOKED_AT_BYTES);
  if (head.length === 0) return 'It is empty.';
  return SIGNS.some((sign) => looked.includes(sign))
    ? undefined
    : 'It does not begin like a log file of CloudTrail; name it outright if it is one.';
}
