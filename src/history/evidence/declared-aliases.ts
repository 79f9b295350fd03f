import { aliasKey, aliasNameOf } from '../../kms/alias-timeline.ts';
import type { JobFact } from '../../sagemaker/job-fact.ts';
import { boundedName } from '../../table/content-name.ts';
import type { Item, Table } from '../../table/table.ts';
import { eachFactIn } from './evidence-items.ts';

/** The aliases by which requests of jobs name keys: a change of any other alias concerns no job. */
const DECLARED = 'G';

/** Notes the aliases that job facts name. They are written before the facts are settled, and never deleted. */
export async function putDeclaredAliases(table: Table, items: readonly Item[]): Promise<void> {
  const names = new Set<string>();
  for (const [, fact] of eachFactIn(items))
    for (const alias of aliasesIn(fact)) names.add(boundedName(alias));
  await table.write([...names].map((sk) => ({ pk: DECLARED, sk })));
}

/** Answers a test whether some job's request names a key by an alias, given by its alias key. */
export async function readDeclaredAliases(table: Table): Promise<(alias: string) => boolean> {
  const names = new Set((await table.query(DECLARED)).map(({ sk }) => sk));
  return (alias) => names.has(boundedName(alias));
}

function aliasesIn(fact: JobFact): string[] {
  if (fact.kind !== 'resource' && fact.kind !== 'endpoint-config') return [];
  const references = [fact.volumeKeys, fact.outputKeys, fact.dataKeys].flatMap((keys) => keys ?? []);
  return references.flatMap((reference) => {
    const name = aliasNameOf(reference, fact.accountId, fact.region);
    return name === undefined ? [] : [aliasKey(name)];
  });
}
