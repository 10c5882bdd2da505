import { describe, expect, it } from 'vitest';
import { drawLines } from './draw-lines.ts';
import { kinds } from './kinds.ts';
import { type Algorithm, readCatalogue, splitDefault } from './read-catalogue.ts';
import { renderIndex, renderPage } from './render-page.ts';

const kind = { map: 'losses', file: 'losses.md', title: 'Losses', about: 'What is minimised.' };
const algorithm: Algorithm = {
  names: ['plain', 'simple'],
  functionName: 'plainLoss',
  file: 'packages/core/src/losses/plain-loss.ts',
  description: 'The loss `−A`.\n\nSomeone, arXiv:1707.06347.',
  parameters: [
    { name: 'count', type: 'number', description: 'of tokens', properties: [] },
    {
      name: 'options',
      type: 'Options',
      description: '',
      properties: [
        { name: 'mode', type: "'a' | 'b'", isOptional: true, byDefault: '`a`', description: 'How\nit goes.' },
        {
          name: 'part',
          type: 'Part',
          isOptional: false,
          byDefault: '',
          description: 'A part.',
          record: {
            name: 'Part',
            description: 'Of the whole.',
            properties: [{ name: 'size', type: 'number', isOptional: false, byDefault: '', description: 'In bytes.' }],
          },
        },
      ],
    },
  ],
  returns: 'a scalar',
  throws: ['RangeError for nothing'],
  examples: ['```ts\nplainLoss(1); // => -1\n```'],
};

describe('readCatalogue', () => {
  const catalogue = readCatalogue('packages/core/src/catalogue/index.ts');

  it('finds every map that has a page, and a function under each name', () => {
    expect([...catalogue.keys()].sort()).toEqual(kinds.map(({ map }) => map).sort());
    expect(catalogue.get('advantageEstimators')?.find(({ names }) => names.includes('grpo'))).toMatchObject({
      functionName: 'groupRelativeAdvantages',
      file: 'packages/core/src/advantages/group-relative-advantages.ts',
    });
  });

  it('reads the options of a loss that is a constant, with their comments', () => {
    const cispo = catalogue.get('policyLosses')?.find(({ names }) => names.includes('cispo'));
    const options = cispo?.parameters.find(({ name }) => name === 'options');
    expect(options?.properties.find(({ name }) => name === 'clipRatioLow')).toMatchObject({
      type: 'number | null',
      isOptional: true,
      byDefault: '0.2',
      description: expect.stringContaining('no bound from below') as string,
    });
    // What a name of ours for a choice stands for, and the comment of that name where the property has none.
    expect(options?.properties.find(({ name }) => name === 'ratioLevel')).toMatchObject({
      type: expect.stringContaining("'token' | 'sequence'") as string,
      byDefault: '`token`',
      description: expect.stringContaining('importance ratio') as string,
    });
    const aggregation = options?.properties.find(({ name }) => name === 'aggregation')?.record;
    expect(aggregation?.properties.map(({ name }) => name)).toContain('scaleFactor');
    expect(cispo?.examples[0]).toContain('cispoLoss(inputs');
  });

  it('shows a function of two names once, and the properties of every form of a choice', () => {
    const models = catalogue.get('preferenceLosses')?.filter(({ functionName }) => functionName === 'rewardModelLoss');
    expect(models?.map(({ names }) => names)).toEqual([['log_exp', 'reward_model']]);
    const filter = catalogue.get('rewardShaping')?.find(({ names }) => names.includes('dynamic_sampling'));
    const rule = filter?.parameters.find(({ name }) => name === 'rule')?.properties.map(({ name }) => name);
    expect(rule).toEqual(expect.arrayContaining(['above', 'low', 'high', 'correctAbove']));
  });
});

describe('splitDefault', () => {
  it.each([
    ['ε below 1. Default 0.2.', 'ε below 1.', '0.2'],
    ['A bound. Default 1e-6 (verl); TRL uses 1e-4.', 'A bound.', '1e-6 (verl); TRL uses 1e-4'],
    ['Default: those given. Counts.', 'Counts.', 'those given'],
    ['Counts.', 'Counts.', ''],
  ])('reads %j', (comment, description, byDefault) => {
    expect(splitDefault(comment)).toEqual({ description, byDefault });
  });
});

describe('renderPage', () => {
  it('links papers, escapes tables and shows a plot where there is one', () => {
    const page = renderPage(kind, [algorithm], new Set(['plain']));
    expect(page).toContain('[arXiv:1707.06347](https://arxiv.org/abs/1707.06347)');
    expect(page).toContain("| `mode?` | `'a' \\| 'b'` | How it goes. | `a` |");
    expect(page).toContain('| `part` | [`Part`](#part) | A part. |  |');
    expect(page).toContain('## Part\n\nOf the whole.');
    expect(page).toContain('![How plain looks](plots/plain.svg)');
    expect(page).toContain('Also: simple.');
    expect(page).toContain('**count** `number`: of tokens');
    expect(renderPage(kind, [algorithm], new Set())).not.toContain('.svg');
  });

  it('gives an example the imports that it needs', () => {
    const code = 'tf.tidy(() => rlooOf(groupRelativeAdvantages([1])));';
    const block = `\`\`\`ts\n${code}\n\`\`\``;
    const page = renderPage(kind, [{ ...algorithm, examples: [block] }], new Set());
    const imports = "import { groupRelativeAdvantages } from '@rlloom/core';\nimport { tf } from '@rlloom/tensor';";
    expect(page).toContain(`${imports}\n\n${code}`);
  });

  it('lists the algorithm with its papers on the first page', () => {
    const row = '| [plain, simple](losses.md#plain) | `plainLoss` | [1707.06347](https://arxiv.org/abs/1707.06347) |';
    expect(renderIndex([{ kind, algorithms: [algorithm] }])).toContain(row);
  });
});

describe('drawLines', () => {
  const figure = {
    title: 'A line',
    horizontal: 'x',
    panels: ['one'],
    points: [0, 1, 2].map((x) => ({ panel: 'one', line: 'only', x, y: x * x })),
  };

  it('draws the same SVG for the same points, and another for others', async () => {
    const svg = await drawLines(figure);
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg).toContain('A line');
    expect(await drawLines(figure)).toBe(svg);
    expect(await drawLines({ ...figure, vertical: [0, 1] })).not.toBe(svg);
    expect(svg.length).toBeLessThan(20_000);
  });
});
