import type { Page, PageRequest } from '../history/query/questions.ts';

const PAGE = 1_000;

/** Every item of a paged answer. */
export async function everyItem<T>(ask: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  return (await everyPage(ask)).items;
}

/** A paged answer as one: every item, and what else the first page says. */
export async function everyPage<Answer extends Page<unknown>>(
  ask: (page: PageRequest) => Promise<Answer>,
): Promise<Omit<Answer, 'next'>> {
  const { next: second, ...first } = await ask({ limit: PAGE });
  const items = [...first.items];
  for (let cursor = second; cursor !== undefined; ) {
    const page = await ask({ limit: PAGE, cursor });
    items.push(...page.items);
    cursor = page.next;
  }
  return { ...first, items } as Omit<Answer, 'next'>;
}
