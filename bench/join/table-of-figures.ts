import type { Figures, Share } from './figures.ts';

/** A figure of a table with its bound: at least or at most so large a share. */
interface Column {
  readonly heading: string;
  readonly figure: (figures: Figures) => Share;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const columns: readonly Column[] = [
  { heading: 'exact', figure: ({ exact }) => exact, atLeast: 1 },
  { heading: 'strong', figure: ({ strong }) => strong, atLeast: 1 },
  { heading: 'probable', figure: ({ probable }) => probable, atLeast: 0.97 },
  { heading: 'listed', figure: ({ listed }) => listed, atLeast: 0.99 },
  { heading: 'missed', figure: ({ missed }) => missed, atMost: 0.01 },
  { heading: 'given', figure: ({ misgiven }) => misgiven, atMost: 0.005 },
];

/** The heading of each column of `rowOf`. The last three are of a join by role and time alone. */
export const headings: readonly string[] = [
  'accounts',
  'uses',
  ...columns.map(({ heading }) => heading),
  'alone',
  'length',
  'naive',
  'listed',
  'given',
];

/** A row of the table. What falls short of its bound has an exclamation mark. */
export function rowOf(name: string, ours: Figures, naive: Figures): readonly string[] {
  const { part, of } = ours.ambiguous;
  return [
    name,
    ours.uses.toLocaleString('en'),
    ...columns.map((column) => `${percent(column.figure(ours))}${isShort(column, ours) ? ' !' : ''}`),
    `${ours.aloneAmbiguous}${ours.aloneAmbiguous > 0 ? ' !' : ''}`,
    part === 0 ? '-' : (of / part).toFixed(1),
    percent(naive.probable),
    percent(naive.listed),
    percent(naive.misgiven),
  ];
}

/** The headings of what falls short of its bound. */
export function shortfalls(figures: Figures): readonly string[] {
  return [
    ...columns.filter((column) => isShort(column, figures)).map(({ heading }) => heading),
    ...(figures.aloneAmbiguous > 0 ? ['alone'] : []),
  ];
}

function isShort({ figure, atLeast, atMost }: Column, figures: Figures): boolean {
  const { part, of } = figure(figures);
  if (of === 0) {
    return false;
  }
  return (atLeast !== undefined && part / of < atLeast) || (atMost !== undefined && part / of > atMost);
}

function percent({ part, of }: Share): string {
  return of === 0 ? '-' : `${((100 * part) / of).toFixed(2)}`;
}
