import { hash } from 'node:crypto';
import { type Extra, type FactParts, type Profile, parseExtra, parseProfile } from './fact.ts';

export const ID_BYTES = 16;

/**
 * Texts by number. Number 0 is the empty string: "nothing". Numbers asked for by text are distinct; texts that
 * were appended may repeat.
 */
export class Dictionary {
  readonly texts: string[] = [''];
  /** Made when a number is first asked for by text: most dictionaries that are read never need it. */
  #numbers: Map<string, number> | undefined;

  number(text: string): number {
    if (text === '') return 0;
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      for (const [number, known] of this.texts.entries()) this.#numbers.set(known, number);
    }
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.texts.length;
      this.texts.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }

  /** Gives a text a number of its own, whether or not another has it too. */
  append(text: string): number {
    const number = this.texts.length;
    this.texts.push(text);
    this.#numbers?.set(text, number);
    return number;
  }

  text(number: number): string {
    return this.texts[number] ?? '';
  }
}

/**
 * Facts in columns: seven numbers and sixteen id bytes a row, with the texts in shared dictionaries. A
 * million rows take 50 MB and their texts, where a million objects take a gigabyte.
 */
export class RowSet {
  length = 0;
  /** Epoch milliseconds. */
  times = new Float64Array(256);
  /** Sixteen bytes a row: the bytes of a lower-case GUID, else the head of the id's SHA-256. */
  ids = new Uint8Array(256 * ID_BYTES);
  profile = new Uint32Array(256);
  session = new Uint32Array(256);
  context = new Uint32Array(256);
  extra = new Uint32Array(256);
  judgement = new Uint32Array(256);
  /** Where each fact was read; see `source.ts`. */
  source = new Uint32Array(256);
  /** The ids that are no lower-case GUID, by row. */
  readonly idTexts = new Map<number, string>();
  readonly profiles = new Dictionary();
  readonly #parsedProfiles: (Profile | undefined)[] = [];
  readonly #parsedExtras: (Extra | undefined)[] = [];
  readonly sessions = new Dictionary();
  readonly contexts = new Dictionary();
  readonly extras = new Dictionary();
  readonly judgements = new Dictionary();
  readonly sources = new Dictionary();

  /** @param sources ids of where the fact was read; see `source.ts` */
  add(eventId: string, timeMs: number, parts: FactParts, sources = ''): number {
    const row = this.#grow();
    this.times[row] = timeMs;
    if (!writeGuid(eventId, this.ids, row * ID_BYTES)) {
      this.ids.set(hash('sha256', eventId, 'buffer').subarray(0, ID_BYTES), row * ID_BYTES);
      this.idTexts.set(row, eventId);
    }
    this.profile[row] = this.profiles.number(parts.profile);
    this.session[row] = this.sessions.number(parts.session);
    this.context[row] = this.contexts.number(parts.context);
    this.extra[row] = this.extras.number(parts.extra);
    this.judgement[row] = 0;
    this.source[row] = this.sources.number(sources);
    return row;
  }

  /** Copies rows `[start, end)` of another set, or those that `keep` takes. */
  addFrom(other: RowSet, start = 0, end = other.length, keep?: (row: number) => boolean): void {
    const profileMap = new Int32Array(other.profiles.texts.length).fill(-1);
    const sessionMap = new Int32Array(other.sessions.texts.length).fill(-1);
    const contextMap = new Int32Array(other.contexts.texts.length).fill(-1);
    contextMap[0] = 0;
    const extraMap = new Int32Array(other.extras.texts.length).fill(-1);
    const judgementMap = new Int32Array(other.judgements.texts.length).fill(-1);
    const sourceMap = new Int32Array(other.sources.texts.length).fill(-1);
    for (let from = start; from < end; from++) {
      if (keep !== undefined && !keep(from)) continue;
      const row = this.#grow();
      this.times[row] = other.times[from] as number;
      copyId(other.ids, from * ID_BYTES, this.ids, row * ID_BYTES);
      const idText = other.idTexts.get(from);
      if (idText !== undefined) this.idTexts.set(row, idText);
      this.profile[row] = renumber(profileMap, other.profile[from] as number, other.profiles, this.profiles);
      this.session[row] = renumber(sessionMap, other.session[from] as number, other.sessions, this.sessions);
      // Nearly every context is met once: looking each up would cost more than the few that repeat.
      const context = other.context[from] as number;
      if (contextMap[context] === -1)
        contextMap[context] = this.contexts.append(other.contexts.text(context));
      this.context[row] = contextMap[context] as number;
      this.extra[row] = renumber(extraMap, other.extra[from] as number, other.extras, this.extras);
      this.judgement[row] = renumber(
        judgementMap,
        other.judgement[from] as number,
        other.judgements,
        this.judgements,
      );
      this.source[row] = renumber(sourceMap, other.source[from] as number, other.sources, this.sources);
    }
  }

  /** The profile of a number, parsed once. Number 0 is none. */
  profileAt(number: number): Profile {
    let profile = this.#parsedProfiles[number];
    if (profile === undefined) {
      profile = parseProfile(this.profiles.text(number));
      this.#parsedProfiles[number] = profile;
    }
    return profile;
  }

  /** The extra of a number, parsed once. */
  extraAt(number: number): Extra {
    let extra = this.#parsedExtras[number];
    if (extra === undefined) {
      extra = parseExtra(this.extras.text(number));
      this.#parsedExtras[number] = extra;
    }
    return extra;
  }

  profileOf(row: number): Profile {
    return this.profileAt(this.profile[row] as number);
  }

  eventId(row: number): string {
    return this.idTexts.get(row) ?? guidText(this.ids, row * ID_BYTES);
  }

  parts(row: number): FactParts {
    return {
      profile: this.profiles.text(this.profile[row] as number),
      session: this.sessions.text(this.session[row] as number),
      context: this.contexts.text(this.context[row] as number),
      extra: this.extras.text(this.extra[row] as number),
    };
  }

  /** The ids of where a fact was read, as one text; see `source.ts`. */
  sourcesOf(row: number): string {
    return this.sources.text(this.source[row] as number);
  }

  sameId(a: number, b: number): boolean {
    const from = a * ID_BYTES;
    const to = b * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i++) if (this.ids[from + i] !== this.ids[to + i]) return false;
    return true;
  }

  /** The order of event ids as strings, which for GUIDs is that of their bytes. */
  compareIds(a: number, b: number): number {
    if (this.idTexts.size > 0 && (this.idTexts.has(a) || this.idTexts.has(b))) {
      const left = this.eventId(a);
      const right = this.eventId(b);
      return left < right ? -1 : left > right ? 1 : 0;
    }
    const from = a * ID_BYTES;
    const to = b * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i++) {
      const difference = (this.ids[from + i] as number) - (this.ids[to + i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #grow(): number {
    const row = this.length++;
    if (row === this.times.length) {
      const size = Math.max(256, row * 2);
      this.times = enlarge(this.times, new Float64Array(size));
      this.ids = enlarge(this.ids, new Uint8Array(size * ID_BYTES));
      this.profile = enlarge(this.profile, new Uint32Array(size));
      this.session = enlarge(this.session, new Uint32Array(size));
      this.context = enlarge(this.context, new Uint32Array(size));
      this.extra = enlarge(this.extra, new Uint32Array(size));
      this.judgement = enlarge(this.judgement, new Uint32Array(size));
      this.source = enlarge(this.source, new Uint32Array(size));
    }
    return row;
  }
}

/** Copies sixteen bytes one by one: a view of them for `set` would cost more. */
export function copyId(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < ID_BYTES; i++) to[toAt + i] = from[fromAt + i] as number;
}

function renumber(map: Int32Array, number: number, from: Dictionary, to: Dictionary): number {
  let mapped = map[number] as number;
  if (mapped === -1) {
    mapped = to.number(from.text(number));
    map[number] = mapped;
  }
  return mapped;
}

function enlarge<Column extends Float64Array | Uint32Array | Uint8Array>(old: Column, wider: Column): Column {
  wider.set(old);
  return wider;
}

const HEX_VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) HEX_VALUE[i.toString(16).charCodeAt(0)] = i;
const HEX_PAIR = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Writes a lower-case GUID's sixteen bytes; answers false, with nothing of use written, for any other text. */
function writeGuid(text: string, into: Uint8Array, at: number): boolean {
  if (text.length !== 36) return false;
  let to = at;
  for (let i = 0; i < 36; ) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (text.charCodeAt(i) !== 45) return false;
      i++;
      continue;
    }
    const high = HEX_VALUE[text.charCodeAt(i)] ?? -1;
    const low = HEX_VALUE[text.charCodeAt(i + 1)] ?? -1;
    if (high < 0 || low < 0) return false;
    into[to++] = (high << 4) | low;
    i += 2;
  }
  return true;
}

function guidText(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let i = 0; i < ID_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX_PAIR[bytes[at + i] as number];
  }
  return text;
}

/** The sixteen bytes under which an event id is looked up; see `RowSet.ids`. */
export function idBytes(eventId: string): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES);
  if (!writeGuid(eventId, bytes, 0)) {
    bytes.set(hash('sha256', eventId, 'buffer').subarray(0, ID_BYTES));
  }
  return bytes;
}
