import { basename } from 'node:path';

const LOG_FILE = /\.(json|ndjson|jsonl)(\.gz)?$/i;
/** Names of files that are of other kinds, whatever wrote them: nobody opens each of a data lake to see. */
const OTHER_FILE =
  /\.(?:avro|bmp|css|csv|db|dll|docx?|exe|gif|html?|ico|jar|java|jpe?g|[cm]?[jt]sx?|lock|md|mp[34]|orc|parquet|pdf|pem|png|pptx?|py|rar|so|sqlite|svg|tar|tgz|tsv|webp|whl|xlsx?|ya?ml|zip|7z)(?:\.gz)?$/i;
/** CloudTrail's own proofs of its logs lie beside them and hold no records. */
const DIGESTS = 'CloudTrail-Digest';
/** The delivery time in the name of a log file: CloudTrail User Guide, "Log file name format". */
const DELIVERY_TIME = /_(\d{8}T\d{4}Z)/;

/**
 * What to do with a file by its path: read it, or read it if its beginning looks like CloudTrail's, or leave it out, and
 * why.
 */
export type NameReading =
  | { readonly kind: 'read' }
  | { readonly kind: 'if-it-looks-right' }
  | { readonly kind: 'left-out'; readonly why: string };

const READ: NameReading = { kind: 'read' };
const IF_IT_LOOKS_RIGHT: NameReading = { kind: 'if-it-looks-right' };
const IS_DIGEST: NameReading = {
  kind: 'left-out',
  why: "It holds digests, CloudTrail's proofs of its log files, and no records.",
};
const IS_OF_ANOTHER_SERVICE: NameReading = {
  kind: 'left-out',
  why: 'It lies below AWSLogs in the folder of another service.',
};
const IS_OF_ANOTHER_KIND: NameReading = {
  kind: 'left-out',
  why: 'By the end of its name it is no log file; name it outright if it is one.',
};

/**
 * How to read a file that was found in a folder or bucket. Every folder of CloudTrail below `AWSLogs` holds records, that
 * of its network activity too. Firehose and others write names without `.json`.
 * @param path with `/` between folders
 * @param above the folder or prefix that was named outright: what holds of it as well says nothing of what is in it
 */
export function readingOf(path: string, above = ''): NameReading {
  const folders = path.split('/').slice(0, -1);
  const place = placeReading(folders);
  if (place !== undefined && placeReading(above.split('/')) === undefined) return place;
  const name = basename(path);
  if (LOG_FILE.test(name)) return READ;
  return OTHER_FILE.test(name) ? IS_OF_ANOTHER_KIND : IF_IT_LOOKS_RIGHT;
}

/** Why nothing in a folder is read; undefined where its files decide. */
export function placeReading(folders: readonly string[]): NameReading | undefined {
  if (folders.includes(DIGESTS)) return IS_DIGEST;
  const below = folders.slice(folders.indexOf('AWSLogs') + 1);
  const isElsewhere =
    folders.includes('AWSLogs') &&
    isAServicesFolder(below) &&
    !below.some((folder) => folder.startsWith('CloudTrail'));
  return isElsewhere ? IS_OF_ANOTHER_SERVICE : undefined;
}

/** `AWSLogs/[<organisation>/]<account>/<service>/…`: what lies above the service's folder decides nothing. */
function isAServicesFolder(below: readonly string[]): boolean {
  const account = below.findIndex((folder) => /^\d+$/.test(folder));
  return account !== -1 && account < below.length - 1;
}

/** In the order of their delivery, so that rows of one day come together. */
export function inDeliveryOrder(paths: Iterable<string>): string[] {
  return [...paths].sort(byDelivery);
}

function byDelivery(a: string, b: string): number {
  const left = deliveryOf(a);
  const right = deliveryOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function deliveryOf(path: string): string {
  const name = basename(path);
  return `${DELIVERY_TIME.exec(name)?.[1] ?? ''}${path}`;
}
