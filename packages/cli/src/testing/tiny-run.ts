import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { characterTokenizerFiles, createModel, parseModelConfig, saveModel } from '@rlloom/models';
import { selectBackend } from '@rlloom/tensor';

/** A folder with everything a small run needs: model, tasks, demonstrations, configuration. */
export interface TinyRun {
  readonly directory: string;
  /** The arguments that name the configuration. */
  readonly config: readonly string[];
}

const steps = 9;

/**
 * Writes a two-layer model, sums of two digits as tasks, and a configuration of 3 SFT and 9 RLVR steps with reference
 * KL, evaluations and checkpoints, on wasm.
 */
export async function makeTinyRun(): Promise<TinyRun> {
  const directory = await mkdtemp(join(tmpdir(), 'rlloom-cli-'));
  await selectBackend({ backend: 'cpu' });
  const model = createModel(
    parseModelConfig({
      model_type: 'qwen2',
      vocab_size: 24,
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      intermediate_size: 24,
      max_position_embeddings: 48,
      tie_word_embeddings: true,
      initializer_range: 0.2,
      eos_token_id: 1,
      pad_token_id: 0,
    }),
    { seed: 1 },
  );
  const tokenizerFrom = characterTokenizerFiles({
    tokens: ['####', ...'0123456789+='],
    chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}',
  });
  await saveModel(model, join(directory, 'model'), { tokenizerFrom });
  model.dispose();
  const sums = Array.from({ length: 40 }, (_, i) => [i % 7, (3 * i) % 5] as const);
  const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const user = ([a, b]: readonly [number, number]) => ({ role: 'user', content: `${a}+${b}=` });
  const record = (sum: readonly [number, number], i: number) => ({
    id: `task-${i}`,
    tag: 'sum',
    difficulty: sum[0],
    messages: [user(sum)],
    ground_truth: { final_answer: String(sum[0] + sum[1]) },
  });
  const demonstration = (sum: readonly [number, number], i: number) => ({
    id: `shown-${i}`,
    tag: 'sum',
    messages: [user(sum), { role: 'assistant', content: `####${sum[0] + sum[1]}` }],
  });
  await writeFile(join(directory, 'train.jsonl'), lines(sums.map(record)));
  await writeFile(join(directory, 'eval.jsonl'), lines(sums.slice(0, 6).map(record)));
  await writeFile(join(directory, 'shown.jsonl'), lines(sums.map(demonstration)));
  await mkdir(join(directory, 'config'));
  await writeFile(join(directory, 'config', 'tiny.yaml'), configuration());
  return { directory, config: ['--config_path', 'config', '--config_name', 'tiny'] };
}

function configuration(): string {
  return `exp: { name: tiny, seed: 3, output_dir: runs }
backend: { name: wasm }
model: { pretrain: model }
data: { train: [train.jsonl], eval: [eval.jsonl] }
sft:
  train: [shown.jsonl]
  max_steps: 3
  batch_size: 4
  save_steps: 2
  optimizer: { learning_rate: 0.01 }
rollout: { group_size: 4, max_prompt_length: 8, max_response_length: 6 }
rewards:
  timeout_ms: 20000
  domains:
    sums:
      tags: [sum]
      rewards:
        answer: { type: math_rule }
algorithm:
  kl: { placement: loss, coefficient: 0.01, controller: adaptive, target_kl: 0.1, horizon: 100 }
  reference_refresh_steps: 4
actor:
  mini_batch_size: 8
  optimizer: { learning_rate: 0.01 }
training_control: { max_steps: ${steps}, prompts_per_step: 4, eval_steps: 4, save_steps: 2, sample_steps: 3, keep_checkpoints: 3 }
`;
}
