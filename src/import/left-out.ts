/** A file that was found in a folder or below a prefix and not read, and why, as a sentence. */
export interface LeftOut {
  readonly source: string;
  readonly reason: string;
}

const LISTED = 1_000;
const NAMED = 3;

/** Collects what an import leaves out: nothing is skipped without a word. */
export class LeftOutFiles {
  readonly listed: LeftOut[] = [];
  count = 0;
  readonly #byReason = new Map<string, { count: number; readonly names: string[] }>();

  add({ source, reason }: LeftOut): void {
    this.count += 1;
    if (this.listed.length < LISTED) this.listed.push({ source, reason });
    const known = this.#byReason.get(reason) ?? { count: 0, names: [] };
    known.count += 1;
    if (known.names.length < NAMED) known.names.push(source);
    this.#byReason.set(reason, known);
  }

  /** A sentence for each reason. */
  remarks(): string[] {
    return [...this.#byReason].map(([reason, { count, names }]) => {
      const more = count > names.length ? ` and ${count - names.length} more` : '';
      return `Left out: ${names.join(', ')}${more}. ${reason}`;
    });
  }
}
