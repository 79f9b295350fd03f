import { contentName, padded } from '../../table/content-name.ts';
import type { Item } from '../../table/table.ts';
import type { DayRoot } from '../day/day-root.ts';
import { chunkPk, dependenciesPk } from '../facts/table-keys.ts';

/** The body of an item and the name of its content, which is worked out once. */
export interface NamedBody {
  readonly body: Uint8Array;
  readonly content: string;
}

/** Names a body by its content. */
export function named(body: Uint8Array): NamedBody {
  return { body, content: contentName(body) };
}

/** The items that a seal would write. Content that the previous version has already keeps its item. */
export class PlannedItems {
  readonly items: Item[] = [];
  readonly #day: string;
  readonly #version: string;
  /** Sort keys by partition key and content, of the previous version and of what was put here. */
  readonly #sortKeys = new Map<string, string>();

  /** @param sealVersion the version that the seal would make */
  constructor(day: string, sealVersion: number, previous: DayRoot | undefined) {
    this.#day = day;
    this.#version = padded(sealVersion);
    for (const slot of previous?.slots ?? []) {
      for (const chunk of slot.chunks) this.#remember(chunkPk(day), chunk.name);
    }
    for (const name of previous?.ties ?? []) this.#remember(dependenciesPk(day), name);
  }

  /**
   * Adds an item named by version and content.
   * @returns its sort key
   */
  put(pk: string, body: Uint8Array): string {
    const content = contentName(body);
    const known = this.#sortKeys.get(`${pk}\n${content}`);
    if (known !== undefined) return known;
    const sk = `${this.#version}.${content}`;
    this.#sortKeys.set(`${pk}\n${content}`, sk);
    this.items.push({ pk, sk, body });
    return sk;
  }

  /**
   * Adds an item named by the root that commits it, for those that lie under one partition key for all days.
   * @param tag of that root
   * @param before the sort key of the item that the previous version has in its place
   * @returns its sort key
   */
  putTagged(pk: string, tag: string, { body, content }: NamedBody, before?: string): string {
    if (before?.endsWith(content)) return before;
    const sk = `${this.#day}.${this.#version}.${tag}.${content}`;
    this.items.push({ pk, sk, body });
    return sk;
  }

  #remember(pk: string, name: string): void {
    if (name !== '') this.#sortKeys.set(`${pk}\n${name.slice(name.indexOf('.') + 1)}`, name);
  }
}
