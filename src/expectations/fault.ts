/** A fault in a file or a request body. */
export interface Fault {
  /** The path to it, as member names and list indexes. */
  readonly path: readonly (string | number)[];
  /** One sentence without its full stop: what is wrong and what to do. It quotes the input unescaped. */
  readonly sentence: string;
}

/** The most faults in one text. */
const MAX_SAID = 20;

/** Faults as one text of sentences. */
export function faultsText(faults: readonly Fault[]): string {
  const said = faults.slice(0, MAX_SAID).map(({ sentence }) => sentence);
  const others = faults.length - said.length;
  return `${[...said, ...(others > 0 ? [`and ${others} more faults`] : [])].join('; ')}.`;
}

/** `only.times[1].from` */
export function pathText(path: Fault['path']): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
