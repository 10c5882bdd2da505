import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend, tf } from '@rlloom/tensor';
import { describe, expect, it } from 'vitest';
import { familyModel } from '../testing/family-models.ts';
import { createScoringModel } from './create-scoring-model.ts';
import { saveScoringModel } from './save-scoring-model.ts';
import { sequenceScores, tokenScores } from './scores.ts';

// A Python with torch and transformers; without it the folders are checked against fixtures only.
const python = process.env['RLLOOM_PEER_PYTHON'];

const program = `
import json, sys, torch, transformers
folder, name = sys.argv[1:]
model, info = getattr(transformers, name).from_pretrained(folder, output_loading_info=True)
assert not info["missing_keys"] and not info["unexpected_keys"], info
ids = torch.tensor([[3, 5, 7, 9], [8, 6, 2, 0]])
mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
with torch.no_grad():
    print(json.dumps(model(input_ids=ids, attention_mask=mask).logits.tolist()))
`;

describe.skipIf(python === undefined)('transformers opens what is saved (needs RLLOOM_PEER_PYTHON)', () => {
  it.each([
    ['value', 1, 'qwen2', 'AutoModelForTokenClassification'],
    ['reward', 2, 'qwen2', 'AutoModelForSequenceClassification'],
    ['value', 1, 'gpt2', 'AutoModelForTokenClassification'],
    ['reward', 1, 'gpt2', 'AutoModelForSequenceClassification'],
    ['value', 1, 'phi3', 'AutoModelForTokenClassification'],
    ['reward', 1, 'gemma3', 'Gemma3TextForSequenceClassification'],
  ] as const)(
    'a %s head with %d labels on %s',
    async (...[kind, labels, family, name]) => {
      await selectBackend({ backend: 'wasm' });
      const directory = await mkdtemp(join(tmpdir(), 'rlloom-peer-'));
      const causal = familyModel(family);
      const config = { ...causal.config, padTokenId: 0 };
      const model = createScoringModel({ config, parameters: causal.parameters }, { kind, labels, seed: 5 });
      try {
        await saveScoringModel(model, join(directory, 'model'));
        const output = execFileSync(python as string, ['-c', program, join(directory, 'model'), name], {
          encoding: 'utf8',
          env: { ...process.env, HF_HUB_OFFLINE: '1' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const expected = (JSON.parse(output) as number[][][]).flat(3);
        const batch = {
          tokens: tf.tensor2d([3, 5, 7, 9, 8, 6, 2, 0], [2, 4], 'int32'),
          attentionMask: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 0], [2, 4], 'int32'),
        };
        const score = kind === 'value' ? tokenScores : sequenceScores;
        const scores = score(model.config, model.parameters, batch);
        // The last number of a padded row has no meaning.
        const compared = kind === 'value' ? 7 : 2 * labels;
        const values = [...(await scores.data())].slice(0, compared);
        values.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 4));
        tf.dispose([scores, batch.tokens, batch.attentionMask]);
      } finally {
        for (const each of [model, causal]) each.dispose();
        await rm(directory, { recursive: true });
      }
    },
    120_000,
  );
});
