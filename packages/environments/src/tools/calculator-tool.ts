import type { Tool } from '@rlloom/spec';
import { z } from 'zod';
import { defineTool } from './define-tool.ts';

/** Longest expression that is computed, in characters. */
const maxExpressionLength = 500;

/** The calculator: numbers, `+ - * / % ^`, brackets and functions like `sqrt`. What is no number is an error. */
export function calculatorTool(): Tool {
  return defineTool({
    name: 'calculator',
    description: 'Computes an arithmetic expression.',
    parameters: z.object({
      expression: z.string().min(1).max(maxExpressionLength).describe('e.g. (3 + 4) * 12'),
    }),
    async create() {
      const { Parser } = await import('expr-eval-fork');
      const parser = new Parser({ operators: { logical: false, comparison: false, in: false, assignment: false } });
      return {
        execute({ expression }) {
          const value: unknown = parser.evaluate(expression);
          if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('the value is no finite number');
          // Without the last digits of binary fractions: 0.1 + 0.2 is 0.3.
          return String(Number(value.toPrecision(15)));
        },
      };
    },
  });
}
