import { Document, type Node, YAMLMap, YAMLSeq } from 'yaml';
import type { Suggested, Suggestion } from './suggest.ts';

const NOTE = [
  ' What was seen while the keys were learned. Review it: strike out who should not use a key, and say who answers',
  ' for the rest and why. `keytrail expect sync` takes the file once no TODO is left.',
];

/**
 * Suggestions as an expectations file, with the observed uses in comments. The schema refuses the placeholder owners and
 * reasons, so a person must write them.
 * @param shown escapes text from records
 */
export function suggestionYaml({ suggestions, leftOut }: Suggested, shown: (text: string) => string): string {
  const list = new YAMLSeq();
  list.items = suggestions.map((suggestion) => entryOf(suggestion, shown));
  const document = new Document({ expectations: list });
  const found = suggestions.length === 0 ? [' No key without expectations has been used.'] : NOTE;
  document.commentBefore = [...found, ...leftOut.map((sentence) => ` Left out: ${shown(sentence)}`)].join(
    '\n',
  );
  return document.toString({ lineWidth: 0 });
}

function entryOf(
  { id, keys, principals, operations, isByJobs }: Suggestion,
  shown: (text: string) => string,
): Node {
  const uses = principals.reduce((sum, principal) => sum + principal.uses, 0);
  const entry = new YAMLMap();
  entry.commentBefore = ` ${counted(uses)}`;
  entry.set('id', id);
  entry.set(
    'keys',
    listOf(
      keys.map(({ arn, aliases }) => [arn, aliases.length === 0 ? undefined : aliases.map(shown).join(', ')]),
    ),
  );
  entry.set(
    'principals',
    listOf(
      principals.map(({ form, uses: count, lastSeen }) => [
        form,
        `${counted(count)}, the last at ${lastSeen}`,
      ]),
    ),
  );
  entry.set('operations', listOf(operations.map((operation) => [operation, undefined])));
  if (isByJobs) entry.set('only', { jobs: true });
  entry.set('owner', 'TODO');
  entry.set('reason', 'TODO');
  return entry;
}

function counted(uses: number): string {
  return uses === 1 ? '1 use' : `${uses} uses`;
}

function listOf(values: readonly (readonly [value: string, comment: string | undefined])[]): Node {
  const list = new YAMLSeq();
  for (const [value, comment] of values) {
    const node = new Document(value).contents;
    if (node !== null && comment !== undefined) node.comment = ` ${comment}`;
    list.add(node);
  }
  return list;
}
