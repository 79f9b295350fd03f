/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process, read here and nowhere else. The shells import it and pass on what it says. */
export const environment: Environment = process.env;
