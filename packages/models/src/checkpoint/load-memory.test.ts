import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeLargeModel } from '../testing/write-large-model.ts';

let directory: string;
let parameters: number;

// 108 million parameters, 215 MB in the file; the largest tensor is a seventh of it.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-large-'));
  const shape = { hidden_size: 512, intermediate_size: 2048, num_attention_heads: 8, num_key_value_heads: 2 };
  parameters = await writeLargeModel(directory, {
    config: { model_type: 'qwen2', vocab_size: 32000, num_hidden_layers: 24, tie_word_embeddings: true, ...shape },
    elementType: 'BF16',
  });
});
afterAll(() => rm(directory, { recursive: true }));

it.each(['wasm', 'cpu'])(
  'loading with %s takes less than 1.3 times the float32 size',
  { timeout: 120_000 },
  async (backend) => {
    const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const code = `
      import { selectBackend } from '@rlloom/tensor';
      import { loadModel } from ${url('./load-model.ts')};
      await selectBackend({ backend: ${JSON.stringify(backend)} });
      const before = process.memoryUsage().rss;
      const model = await loadModel(${JSON.stringify(directory)});
      const [value] = await model.parameters['model.norm.weight'].data();
      const peak = process.resourceUsage().maxRSS * 1024;
      process.stdout.write(JSON.stringify({ count: model.parameterCount, value, growth: peak - before }));
      process.exit();
    `;
    const args = ['--conditions=@rlloom/source', '--import', 'tsx', '--input-type=module', '-e', code];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { count, value, growth } = JSON.parse(stdout) as Record<'count' | 'value' | 'growth', number>;
    expect([count, Math.abs(value) < 1]).toEqual([parameters, true]);
    expect(growth / (4 * parameters)).toBeGreaterThan(1);
    expect(growth / (4 * parameters)).toBeLessThan(1.3);
  },
);
