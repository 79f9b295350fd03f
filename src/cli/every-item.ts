import type { Page, PageRequest } from '../history/query/questions.ts';

const PAGE = 1_000;

/** Every item of a paged answer. */
export async function everyItem<T>(ask: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.next;
    if (cursor === undefined) return items;
  }
}
