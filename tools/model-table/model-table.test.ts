import { expect, it } from 'vitest';
import { modelTable } from './model-table.ts';

const passed = (name: string, maxError: number) => ({ name, status: 'passed' as const, maxError, tolerance: 1 });

it('shows the largest error of each feature, equality, what differs and what is not there', () => {
  const page = modelTable(
    [
      {
        folder: 'tiny',
        results: [
          passed('single.logits_last', 1e-6),
          passed('left_padded.logits_last', 3e-6),
          passed('greedy.tokens', 0),
          { ...passed('single.entropy', 0.5), status: 'failed' },
          { ...passed('causal_lm_loss.loss', 0), status: 'skipped' },
        ],
      },
    ],
    'wasm',
  );
  expect(page).toContain('| tiny | 3.0e-6 | — | **differs** | = | not built | — | — | — |');
});
