import { inDeliveryOrder } from '../ingest/log-file-name.ts';
import type { ObjectStore } from '../s3/object-store.ts';
import { isObjectUrl } from '../s3/object-url.ts';
import { type FoundFiles, findLogFiles } from './find-log-files.ts';
import { findLogObjects } from './find-log-objects.ts';

/**
 * The log files at paths and below prefixes of S3, in the order of their delivery.
 * @param store where some of the paths are in S3
 */
export async function findLogs(
  paths: readonly string[],
  store: ObjectStore | undefined,
  onFound: (count: number) => void,
): Promise<FoundFiles> {
  const local = findLogFiles(paths.filter((path) => !isObjectUrl(path)));
  if (store === undefined) return local;
  const files = new Set(local.files);
  const doubtful = new Set(local.doubtful);
  const leftOut = [...local.leftOut];
  const unreadable = [...local.unreadable];
  const remarks = [...local.remarks];
  for (const url of new Set(paths.filter(isObjectUrl))) {
    const found = await findLogObjects(url, store, (count) => onFound(files.size + count));
    for (const file of found.files) {
      // Named outright in one place, it is read whatever another says.
      if (found.doubtful.has(file) && !files.has(file)) doubtful.add(file);
      else if (!found.doubtful.has(file)) doubtful.delete(file);
      files.add(file);
    }
    leftOut.push(...found.leftOut);
    unreadable.push(...found.unreadable);
    remarks.push(...found.remarks);
  }
  return { files: inDeliveryOrder(files), doubtful, leftOut, unreadable, remarks };
}
