/** What is wrong in a text or a body that came from outside. */
export interface Fault {
  /** Where, as names of members and places in lists. */
  readonly path: readonly (string | number)[];
  /** One sentence without its full stop: what it is and what to do. Texts of the input are in it as they came. */
  readonly sentence: string;
}

/** Most faults that are said at once. */
const MAX_SAID = 20;

/** Faults as one text of sentences. */
export function faultsText(faults: readonly Fault[]): string {
  const said = faults.slice(0, MAX_SAID).map(({ sentence }) => sentence);
  const others = faults.length - said.length;
  return `${[...said, ...(others > 0 ? [`and ${others} faults more`] : [])].join('; ')}.`;
}

/** `only.times[1].from` */
export function pathText(path: Fault['path']): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
