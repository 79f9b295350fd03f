import { open } from 'node:fs/promises';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Severity } from '../rule-id.ts';
import type { RecordsChannel } from './channel.ts';

const NEWLINE = 0x0a;

/**
 * Appends each notice to a file as one line of JSON. Only the owner can read the file. A line that a crash cut off stays
 * a line of its own, and its notice is written again.
 */
export function fileChannel(path: string, floor: Severity = 'low'): RecordsChannel {
  return {
    kind: 'records',
    name: 'file',
    floor,
    atATime: 200,
    async sendAll(notices) {
      try {
        const file = await open(path, 'a+', 0o600);
        try {
          const { size } = await file.stat();
          const last = Buffer.alloc(1);
          if (size > 0) await file.read(last, 0, 1, size - 1);
          const start = size > 0 && last[0] !== NEWLINE ? '\n' : '';
          const lines = Buffer.from(start + notices.map((notice) => `${JSON.stringify(notice)}\n`).join(''));
          // In one call, since another process may be appending too.
          const { bytesWritten } = await file.write(lines);
          if (bytesWritten < lines.length) throw new Error('only a part was written');
          await file.sync();
        } finally {
          await file.close();
        }
        return new Map();
      } catch (cause) {
        throw new KeytrailError('delivery-failed', `Alerts cannot be written to ${path}; make it writable.`, {
          cause,
        });
      }
    },
  };
}
