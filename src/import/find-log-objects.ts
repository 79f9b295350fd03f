import { DIGESTS, isLogFileName } from '../ingest/log-file-name.ts';
import { objectSentence } from '../s3/object-sentence.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import { addressOfObject, objectUrl } from '../s3/object-url.ts';
import type { FoundFiles } from './find-log-files.ts';

/**
 * The log files among the objects whose URL begins with one, by the rules for those in folders. An object named
 * outright is read whatever it is called. Where a listing breaks off, what it had brought is there.
 */
export async function findLogObjects(
  url: string,
  store: ObjectStore,
  onFound: (count: number) => void,
): Promise<FoundFiles> {
  const prefix = addressOfObject(url);
  if (prefix === undefined) {
    const sentence = `${url} names no bucket that there could be; it should be s3://bucket/prefix.`;
    return { files: [], unreadable: [sentence], remarks: [] };
  }
  const files: string[] = [];
  const { bucket } = prefix;
  try {
    for await (const keys of store.list(prefix)) {
      for (const key of keys) {
        if (isLogObject(key, prefix.key)) files.push(inOnePiece(objectUrl({ bucket, key })));
      }
      onFound(files.length);
    }
  } catch (error) {
    return { files, unreadable: [objectSentence(url, 'list', error)], remarks: [] };
  }
  const remarks =
    files.length > 0
      ? []
      : [`${url} has no log files below it (.json, .ndjson, plain or .gz); check the bucket and the prefix.`];
  return { files, unreadable: [], remarks };
}

function isLogObject(key: string, prefix: string): boolean {
  // Consoles make such objects to show a folder.
  if (key.endsWith('/')) return false;
  if (key === prefix) return true;
  if (!isLogFileName(key)) return false;
  // As with a folder of digests that is named outright, those of the prefix are what was asked for.
  const folders = key.slice(prefix.lastIndexOf('/') + 1).split('/');
  return !folders.slice(0, -1).includes(DIGESTS) || prefix.endsWith(DIGESTS);
}

/** A string put together keeps its parts beside it: of a million keys 60 MB. */
function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}
