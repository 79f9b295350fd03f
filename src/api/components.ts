import * as z from 'zod';

/**
 * The schemas under `components/schemas` of the OpenAPI document. A schema is added where it is defined, by
 * `.register(components, { id })`.
 */
export const components = z.registry<{ readonly id: string }>();
