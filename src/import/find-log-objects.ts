import { type NameReading, readingOf } from '../ingest/log-file-name.ts';
import { objectSentence } from '../s3/object-sentence.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import { addressOfObject, objectUrl } from '../s3/object-url.ts';
import type { FoundFiles } from './find-log-files.ts';
import type { LeftOut } from './left-out.ts';

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
    return { files: [], doubtful: new Set(), leftOut: [], unreadable: [sentence], remarks: [] };
  }
  const files: string[] = [];
  const doubtful = new Set<string>();
  const leftOut: LeftOut[] = [];
  const { bucket } = prefix;
  try {
    for await (const keys of store.list(prefix)) {
      for (const key of keys) {
        // Consoles make such objects to show a folder.
        if (key.endsWith('/')) continue;
        const source = inOnePiece(objectUrl({ bucket, key }));
        const reading: NameReading =
          key === prefix.key ? { kind: 'read' } : readingOf(key, folderOf(prefix.key));
        if (reading.kind === 'left-out') leftOut.push({ source, reason: reading.why });
        else files.push(source);
        if (reading.kind === 'if-it-looks-right') doubtful.add(source);
      }
      onFound(files.length);
    }
  } catch (error) {
    return { files, doubtful, leftOut, unreadable: [objectSentence(url, 'list', error)], remarks: [] };
  }
  const remarks =
    files.length + leftOut.length > 0
      ? []
      : [`${url} has no log files below it (.json, .ndjson, plain or .gz); check the bucket and the prefix.`];
  return { files, doubtful, leftOut, unreadable: [], remarks };
}

/** As with a folder of digests that is named outright, those of the prefix are what was asked for. */
function folderOf(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

/** A string put together keeps its parts beside it: of a million keys 60 MB. */
function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}
