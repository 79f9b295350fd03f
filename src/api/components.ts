import * as z from 'zod';

/**
 * The schemas that the OpenAPI document names under `components/schemas`. A schema enters it where it is
 * defined, with `.register(components, { id })`.
 */
export const components = z.registry<{ readonly id: string }>();
