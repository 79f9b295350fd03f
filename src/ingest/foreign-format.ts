interface Format {
  readonly name: string;
  readonly magic: Buffer;
  /** Where the magic stands; at the start if absent. */
  readonly at?: number;
  readonly advice: string;
}

const UNPACK = 'unpack it and import what is in it';
const EXPORT = 'export the records as JSON, or import the log files of the trail';

const format = (name: string, magic: string, advice: string, at = 0): Format => ({
  name,
  magic: Buffer.from(magic, 'latin1'),
  advice,
  at,
});

/** Files that hold no JSON as they are, by how they begin. No JSON begins so. */
const FORMATS: readonly Format[] = [
  format('a Parquet file', 'PAR1', EXPORT),
  format('an Avro file', 'Obj\x01', EXPORT),
  format('an ORC file', 'ORC\x0a', EXPORT),
  format('an SQLite database', 'SQLite format 3\0', EXPORT),
  format('a zip archive', 'PK\x03\x04', UNPACK),
  format('a tar archive', 'ustar', UNPACK, 257),
  format('a 7z archive', "7z\xbc\xaf'\x1c", UNPACK),
  format('compressed with Zstandard', '\x28\xb5\x2f\xfd', 'unpack it with zstd -d and import the result'),
  format('compressed with bzip2', 'BZh', 'unpack it with bunzip2 and import the result'),
  format('compressed with xz', '\xfd7zXZ\0', 'unpack it with unxz and import the result'),
  format('a PDF document', '%PDF-', EXPORT),
  format('UTF-32 text', '\xff\xfe\0\0', 'save it as UTF-8'),
];

/** Of the bytes looked at, those that text hardly has: control characters but tab, line feed, form feed and return. */
const MOST_CONTROLS = 0.1;
const LOOKED_AT_BYTES = 4096;

/**
 * What a file is that can hold no records as it is, and what to do about it: a sentence.
 * @param head how it begins, several hundred bytes where there are as many
 */
export function foreignFormat(head: Buffer): string | undefined {
  // Nearly every file.
  if (head[0] === 0x7b || head[0] === 0x5b) return undefined;
  for (const { name, magic, at = 0, advice } of FORMATS) {
    if (head.subarray(at, at + magic.length).equals(magic)) return `It is ${name}: ${advice}.`;
  }
  const looked = head.subarray(0, LOOKED_AT_BYTES);
  let controls = 0;
  for (const byte of looked) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d) controls += 1;
  }
  return controls > looked.length * MOST_CONTROLS
    ? 'It is binary data of a kind that is not known here: import the log files of the trail as they were delivered.'
    : undefined;
}

/** What a text is that is no JSON, and what to do about it: a sentence. */
export function textFormat(head: string): string {
  const start = head.trimStart();
  const firstLine = start.slice(0, start.search(/[\r\n]|$/));
  if (start.startsWith('<')) return `It is XML or HTML: ${EXPORT}.`;
  if (/^(?:---\s|[\w-]+:(?:\s|$)|- )/.test(start)) return 'It is YAML: write it with --output json.';
  if (/^(?:"?[\w .-]+"?[,;\t]){2,}/.test(firstLine))
    return `It is a table of values, such as CSV: ${EXPORT}.`;
  return `It is text without any JSON in it: ${EXPORT}.`;
}
