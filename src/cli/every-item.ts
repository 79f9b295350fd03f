import type { Page, PageRequest } from '../history/query/questions.ts';

const PAGE = 1_000;

interface EveryPage<Answer> {
  /** Without `next`. */
  readonly answer: Answer;
  /** Whether there are more items than were wanted. */
  readonly isCut: boolean;
}

/** Every item of a paged answer. */
export async function everyItem<T>(ask: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  return (await everyPage(ask)).answer.items;
}

/** A paged answer as one: every item or as many as are wanted, and what else the first page says. */
export async function everyPage<Answer extends Page<unknown>>(
  ask: (page: PageRequest) => Promise<Answer>,
  limit = Number.POSITIVE_INFINITY,
): Promise<EveryPage<Answer>> {
  const { next: second, ...first } = await ask({ limit: Math.min(PAGE, limit) });
  const items = [...first.items];
  let cursor = second;
  while (cursor !== undefined && items.length < limit) {
    const page = await ask({ limit: Math.min(PAGE, limit - items.length), cursor });
    items.push(...page.items);
    cursor = page.next;
  }
  return { answer: { ...first, items } as unknown as Answer, isCut: cursor !== undefined };
}
