import { z } from 'zod';
import { taskContracts } from './registry.js';

/** The task types that are described here, each with the fields that its input must have. */
export const taskCatalogue: Readonly<Record<string, { readonly required: readonly string[] }>> =
  Object.fromEntries(
    Object.entries(taskContracts).map(([type, { input }]) => {
      const { required = [] } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
      return [type, { required }];
    }),
  );
