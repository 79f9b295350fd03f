import { AT, parseExtra, parseProfile } from '../facts/fact.ts';
import type { RowSet } from '../facts/row-set.ts';
import type { SealedRows } from './seal-rows.ts';

/** The profile text of the raw fact behind a shown row: without the key that an alias was resolved to. */
export function rawProfileText(text: string): string {
  if (!text.includes('"alias"')) return text;
  const profile = parseProfile(text);
  if (profile[AT.keyFrom] !== 'alias') return text;
  const raw = [...profile];
  raw[AT.keyArn] = null;
  raw[AT.keyFrom] = null;
  return JSON.stringify(raw);
}

/** Whether a visible row was made by folding. It is no fact itself; its copies are hidden. */
function isFolded(extraText: string): boolean {
  return extraText.includes('"copies"') && parseExtra(extraText).copies !== undefined;
}

/** The facts among sealed rows: visible rows that were not folded, and hidden ones. */
export function rawRows(sealed: Pick<SealedRows, 'facts' | 'visible' | 'hidden'>): number[] {
  const { facts } = sealed;
  const folded = facts.extras.texts.map(isFolded);
  return [...sealed.visible.filter((row) => !folded[facts.extra[row] as number]), ...sealed.hidden];
}

/** Adds the facts of a chunk to `facts`, without what sealing made of them: resolved aliases and folded rows. */
export function addRawFacts(facts: RowSet, chunk: RowSet): void {
  const folded = chunk.extras.texts.map(isFolded);
  const start = facts.length;
  facts.addFrom(chunk, 0, chunk.length, (row) => !folded[chunk.extra[row] as number]);
  const raw = new Map<number, number>();
  for (let row = start; row < facts.length; row++) {
    const number = facts.profile[row] as number;
    let rawNumber = raw.get(number);
    if (rawNumber === undefined) {
      rawNumber = facts.profiles.number(rawProfileText(facts.profiles.text(number)));
      raw.set(number, rawNumber);
    }
    facts.profile[row] = rawNumber;
    // Judgements are made anew for each version.
    facts.judgement[row] = 0;
  }
}
