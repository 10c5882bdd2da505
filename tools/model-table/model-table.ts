import type { ConformanceResult } from '@rlloom/models/testing';

/** A model folder and what became of its comparisons. */
export interface CheckedFolder {
  readonly folder: string;
  readonly results: readonly ConformanceResult[];
}

// Columns, and the comparisons that belong to each.
const features: readonly (readonly [title: string, names: RegExp])[] = [
  ['logits', /logits/],
  ['log-probs', /token_logprobs|completion_logprobs/],
  ['entropy', /entropy/],
  ['greedy', /^greedy.*tokens/],
  ['loss', /\.loss$/],
  ['gradients', /grad/],
  ['tokenizer', /^tokenizer\.(?!chat)/],
  ['chat template', /^tokenizer\.chat/],
];

/** The page: a row per folder, a column per feature, the largest error against transformers in each cell. */
export function modelTable(folders: readonly CheckedFolder[], backend: string): string {
  const header = ['folder', ...features.map(([title]) => title)];
  const rows = folders.map(({ folder, results }) => [
    folder,
    ...features.map(([, names]) => cell(results.filter(({ name }) => names.test(name)))),
  ]);
  return `<!-- Written by \`npm run models-table\`. -->

# Models

Every model family against Python transformers, on small random checkpoints (\`tools/fixtures/models\`): the largest error
of each kind of comparison, on the ${backend} backend. Numbers are compared as \`|x − expected| / max(1, |expected|)\`;
tokens and texts must be equal (\`=\`). \`—\`: the folder has no such numbers. Left and right padding, continuations with and
without an end token, and gradients of single tensors are all in it; \`npm run conformance\` runs the same comparisons on
any folder of this layout. \`qwen2_lora\` is an adapter; \`qwen2_reward\` and \`qwen2_value\` are heads, whose logits are scores.

${[header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

function cell(results: readonly ConformanceResult[]): string {
  if (results.length === 0) return '—';
  if (results.some(({ status }) => status === 'failed')) return '**differs**';
  const compared = results.filter(({ status }) => status === 'passed');
  if (compared.length === 0) return 'not built';
  const largest = Math.max(...compared.map(({ maxError }) => maxError));
  return largest === 0 ? '=' : largest.toExponential(1);
}
