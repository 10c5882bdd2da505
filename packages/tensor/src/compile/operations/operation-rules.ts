import { creation } from './creation.ts';
import { createRule, type OperationDefinitions } from './define-operation.ts';
import { elementwise } from './elementwise.ts';
import { images } from './images.ts';
import { indexing } from './indexing.ts';
import { layout } from './layout.ts';
import { matrixProducts } from './matrix-products.ts';
import type { OperationRule } from './operation-rule.ts';
import { reductions } from './reductions.ts';
import { windows } from './windows.ts';

const definitions: OperationDefinitions = {
  ...creation,
  ...elementwise,
  ...images,
  ...indexing,
  ...layout,
  ...matrixProducts,
  ...reductions,
  ...windows,
};

/** The rule of each TensorFlow operation that a compiled function may contain, by name. */
export const operationRules: Readonly<Record<string, OperationRule>> = Object.fromEntries(
  Object.entries(definitions).map(([name, definition]) => [name, createRule(name, definition)]),
);
