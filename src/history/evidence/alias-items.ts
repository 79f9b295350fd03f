import type { Aliases } from '../../kms/alias-timeline.ts';
import type { Table } from '../../table/table.ts';
import { aliasesOf, joinAliases } from './alias-facts.ts';
import { readEarlierAliases } from './earlier-aliases.ts';
import { factsIn, readIncoming, readSettledAliases } from './evidence-items.ts';

/** Every alias there is, with all its facts. */
export async function readAliases(table: Table): Promise<Aliases> {
  // Facts move from the first of these to the last: what moves in between is found there.
  const incoming = aliasesOf(factsIn(await readIncoming(table)).values());
  const earlier = await readEarlierAliases(table);
  return joinAliases(incoming, earlier, await readSettledAliases(table));
}
