/** What is wrong in a text or a body that came from outside. */
export interface Fault {
  /** Where, as names of members and places in lists. */
  readonly path: readonly (string | number)[];
  /** One sentence without its full stop: what it is and what to do. Texts of the input are in it as they came. */
  readonly sentence: string;
}

/** `only.times[1].from` */
export function pathText(path: Fault['path']): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
