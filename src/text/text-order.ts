/** Orders texts by code units, independent of the locale. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON with sorted members: equal structures give equal texts. */
export function canonicalText(item: object): string {
  return JSON.stringify(item, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareTexts(a, b)))
      : value,
  );
}

/** For each text its place among the texts in order. */
export function rankTexts(texts: readonly string[]): Uint32Array {
  const order = texts.map((_, number) => number);
  order.sort((a, b) => ((texts[a] as string) < (texts[b] as string) ? -1 : 1));
  const rank = new Uint32Array(texts.length);
  order.forEach((number, place) => {
    rank[number] = place;
  });
  return rank;
}
