import { Level } from 'level';

/**
 * LevelDB maps every table file it has open into memory, a thousand of two megabytes if it may, and dynalite
 * passes it no options. What it opens from here on keeps 64 (the least it takes) of one megabyte and does not try to compress
 * what is compressed already.
 */
export function tuneLevel(): void {
  if (isTuned) return;
  isTuned = true;
  const prototype: LevelInside = Level.prototype as unknown as LevelInside;
  const open = prototype._open;
  prototype._open = function (options) {
    return open.call(this, { ...options, maxOpenFiles: 74, maxFileSize: 1024 * 1024, compression: false });
  };
}

let isTuned = false;

/** What an abstract-level implementation is opened by; see its README, "Private API for implementors". */
interface LevelInside {
  _open(this: LevelInside, options: Readonly<Record<string, unknown>>): Promise<void>;
}
