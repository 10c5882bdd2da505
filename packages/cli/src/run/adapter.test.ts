import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { trackReads, unreadKeys } from '@rlloom/config';
import { loadAdapter, loadModel, mergeAdapter } from '@rlloom/models';
import type { Metrics, Reporter } from '@rlloom/spec';
import { selectBackend } from '@rlloom/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evalCommand } from '../commands/eval.ts';
import { exportModelCommand } from '../commands/export-model.ts';
import { runConfig } from '../run-config.ts';
import { insideTinyRun } from '../testing/inside-tiny-run.ts';
import { batchArithmetic } from './batch-arithmetic.ts';
import { loadRunConfig } from './load-run-config.ts';
import { openRunDirectory, type RunDirectory, runDirectory } from './run-directory.ts';
import { train } from './train.ts';

const tiny = insideTinyRun();

const lora = 'model.adapter={rank: 8, reference: start, modules_to_save: [model.norm]}';
const learning = ['sft.optimizer.learning_rate=0.03', 'actor.optimizer.learning_rate=0.03'];

const load = (overrides: readonly string[]) =>
  loadRunConfig({ configPath: 'config', configName: 'tiny', overrides, workingDirectory: tiny.directory });

interface Ran {
  readonly directory: RunDirectory;
  readonly steps: readonly Metrics[];
  readonly lines: readonly string[];
  readonly reads: ReadonlySet<string>;
}

async function run(
  name: string,
  overrides: readonly string[],
  { resume, stopAfter = Infinity }: { readonly resume?: string; readonly stopAfter?: number } = {},
): Promise<Ran> {
  const loaded = await load([`exp.name=${name}`, ...overrides]);
  const { config, reads } = trackReads(loaded.config);
  batchArithmetic(config);
  const directory = runDirectory(join(tiny.directory, 'runs'), name);
  await openRunDirectory(directory, resume === undefined ? 'new' : 'resume');
  const [steps, lines, stopping]: [Metrics[], string[], AbortController] = [[], [], new AbortController()];
  const reporter: Reporter = {
    name: 'recorder',
    onStepEnd({ metrics }) {
      const counted = Object.entries(metrics).filter(([key]) => !key.startsWith('timing/'));
      if (steps.push(Object.fromEntries(counted)) === stopAfter) stopping.abort();
    },
  };
  const announce = (line: string) => void lines.push(line);
  await train({ config, directory, reporter, signal: stopping.signal, resume, announce });
  return { directory, steps, lines, reads };
}

const weights = (directory: RunDirectory) => readFile(join(directory.model, 'adapter_model.safetensors'));

describe('rlloom train with model.adapter', () => {
  let whole: Ran;
  let base: Buffer;
  beforeAll(async () => {
    base = await readFile(join(tiny.directory, 'model', 'model.safetensors'));
    whole = await run('whole', [lora, 'model.adapter.save_merged=true', ...learning, 'sft.max_steps=12']);
  }, 120_000);

  it('learns in both stages, and says how much is trained', () => {
    const losses = whole.steps.slice(0, 12).map((metrics) => metrics['sft/loss'] ?? metrics['loss'] ?? Number.NaN);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));
    expect(whole.steps).toHaveLength(21);
    // The reference is the policy before the stage, and again after its fourth step.
    const kl = whole.steps.slice(12).map((metrics) => metrics['kl/reference'] ?? Number.NaN);
    expect(Math.abs(kl[0] as number)).toBeLessThan(1e-6);
    expect(kl[3]).toBeGreaterThan(1e-4);
    expect(Math.abs(kl[4] as number)).toBeLessThan(1e-6);
    expect(whole.lines.join('\n')).toMatch(
      /trained: {2}[\d,. ]+ parameters beside [\d,. ]+ \(.* %\): LoRA of rank 8 on 14/,
    );
  });

  it('reads every key of the group', () => {
    const unread = unreadKeys(runConfig, whole.reads).filter((path) => path.startsWith('model.adapter'));
    expect(unread).toEqual([]);
  });

  it("leaves the model's weights as they are", async () => {
    expect((await readFile(join(tiny.directory, 'model', 'model.safetensors'))).equals(base)).toBe(true);
    const merged = await loadModel(whole.directory.merged);
    const model = await loadModel(join(tiny.directory, 'model'));
    const embedding = 'model.embed_tokens.weight';
    expect(await merged.parameters[embedding]?.data()).toEqual(await model.parameters[embedding]?.data());
    for (const owner of [merged, model]) owner.dispose();
  });

  it('saves a PEFT folder with the tokenizer, and the merged model beside it', async () => {
    expect((await readdir(whole.directory.model)).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'chat_template.jinja',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const json = JSON.parse(await readFile(join(whole.directory.model, 'adapter_config.json'), 'utf8')) as unknown;
    expect(json).toMatchObject({
      peft_type: 'LORA',
      r: 8,
      lora_alpha: 16,
      base_model_name_or_path: join(process.cwd(), 'model'),
    });
    const model = await loadModel('model');
    const adapter = await loadAdapter(model, whole.directory.model);
    expect(adapter.parameterNames).toContain('model.layers.0.self_attn.q_proj.lora_A.weight');
    const [merged, expected] = [await loadModel(whole.directory.merged), mergeAdapter(model, adapter)];
    for (const name of merged.parameterNames) {
      expect(await merged.parameters[name]?.data(), name).toEqual(await expected.parameters[name]?.data());
    }
    for (const owner of [merged, expected, adapter, model]) owner.dispose();
  });

  it.each([5, 15])(
    'resumes exactly after step %i',
    async (stopAfter) => {
      const name = `stopped-${stopAfter}`;
      const overrides = [lora, ...learning, 'sft.max_steps=12'];
      const before = await run(name, overrides, { stopAfter });
      expect(existsSync(before.directory.model)).toBe(false);
      const after = await run(name, overrides, { resume: '' });
      expect([...before.steps, ...after.steps]).toEqual(whole.steps);
      expect((await weights(after.directory)).equals(await weights(whole.directory))).toBe(true);
    },
    120_000,
  );

  it('goes on from a folder, and measures KL against the model alone by default', async () => {
    const { steps, directory } = await run('further', [
      `model.adapter.path=${whole.directory.model}`,
      'training_control.max_steps=1',
      'algorithm.reference_refresh_steps=null',
      '~sft',
    ]);
    expect(steps[0]?.['kl/reference']).toBeGreaterThan(0.01);
    expect((await weights(directory)).equals(await weights(whole.directory))).toBe(false);
  }, 60_000);

  it('is evaluated and exported by its folder as the merged model is', async () => {
    const out = { stdout: '', stderr: '' };
    const collect = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (out[name] += text) !== '' });
    const context = {
      workingDirectory: tiny.directory,
      stdout: collect('stdout'),
      stderr: collect('stderr'),
      signal: new AbortController().signal,
    } as unknown as Parameters<typeof evalCommand>[2];
    const evaluated = async (model: string): Promise<string> => {
      out.stdout = '';
      await evalCommand([lora], { configPath: 'config', configName: 'tiny', model }, context);
      return out.stdout;
    };
    expect(await evaluated(whole.directory.model)).toBe(await evaluated(whole.directory.merged));
    const { model } = whole.directory;
    await exportModelCommand(model, { folder: 'exported', gguf: 'adapted.gguf', dtype: 'f16' }, context);
    await exportModelCommand('exported', { gguf: 'merged.gguf', dtype: 'f16' }, context);
    expect((await readFile('adapted.gguf')).equals(await readFile('merged.gguf'))).toBe(true);
    const [exported, merged] = [await loadModel('exported'), await loadModel(whole.directory.merged)];
    for (const name of merged.parameterNames) {
      const expected = await merged.parameters[name]?.data();
      (await exported.parameters[name]?.data())?.forEach((value, i) => {
        expect(value, name).toBeCloseTo(expected?.[i] as number, 5);
      });
    }
    for (const owner of [exported, merged]) owner.dispose();
    await selectBackend({ backend: 'wasm' });
  }, 60_000);

  const python = process.env['RLLOOM_PEER_PYTHON'];
  it.runIf(python !== undefined)('is opened by PEFT by its folder alone', { timeout: 300_000 }, async () => {
    const { model, merged } = whole.directory;
    const { stdout } = await promisify(execFile)(python as string, ['-c', peerScript, model, merged]);
    expect(Number(stdout)).toBeLessThan(1e-4);
  });

  it.each(['dora', 'rslora'])(
    'trains %s',
    async (type) => {
      const { steps, directory } = await run(type, [
        `model.adapter={type: ${type}, rank: 2, target_modules: [q_proj, down_proj]}`,
        'algorithm.reference_refresh_steps=null',
        'training_control.max_steps=2',
        'sft.max_steps=2',
      ]);
      expect(steps).toHaveLength(4);
      expect(steps[2]?.['kl/reference']).toBeGreaterThan(0);
      const json = JSON.parse(await readFile(join(directory.model, 'adapter_config.json'), 'utf8')) as unknown;
      expect(json).toMatchObject({ use_dora: type === 'dora', use_rslora: type === 'rslora', r: 2 });
    },
    60_000,
  );
});

// How far the logits of an adapter's folder are from those of the merged model.
const peerScript = `
import sys, torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer
ids = AutoTokenizer.from_pretrained(sys.argv[1])("3+4=", return_tensors="pt").input_ids
with torch.no_grad():
    ours, merged = [kind.from_pretrained(path, dtype=torch.float32)(ids).logits
                    for kind, path in zip((AutoPeftModelForCausalLM, AutoModelForCausalLM), sys.argv[1:])]
print((ours - merged).abs().max().item())
`;

it('refuses to train what is the folder of an adapter, and says how to', async () => {
  const message = /set model\.pretrain to .*model and model\.adapter\.path to this folder/;
  await expect(run('of-adapter', ['model.pretrain=runs/whole/model'])).rejects.toThrow(message);
});

describe('model.adapter in a configuration', () => {
  it('takes what the guide shows', async () => {
    const guide = await readFile(new URL('../../../../docs/guides/adapters.md', import.meta.url), 'utf8');
    await writeFile('config/guide.yaml', guide.split('```yaml')[1]?.split('```')[0] ?? '');
    await writeFile('config/shown.yaml', 'defaults: [tiny, guide]\n');
    const { config } = await loadRunConfig({
      configPath: 'config',
      configName: 'shown',
      overrides: ['algorithm.reference_refresh_steps=null'],
      workingDirectory: tiny.directory,
    });
    expect(config.model).toMatchObject({
      pretrain: 'models/qwen',
      adapter: { type: 'lora', rank: 16, alpha: 32, targetModules: 'all-linear', saveMerged: true, reference: 'base' },
    });
  });

  it.each([
    ['rank beside a folder', ['model.adapter={path: somewhere, rank: 4}'], /model\.adapter\.rank.*no effect/s],
    ['a reference that follows', ['model.adapter={rank: 4}'], /algorithm\.reference_refresh_steps/],
    ['layers of no list', ['model.adapter={layers: [0], reference: start}'], /model\.adapter\.layers/],
    [
      'sending what is not there',
      ['rollout.engine={name: llama_cpp, weight_update: adapter}'],
      /model\.adapter is null/,
    ],
    [
      'sending DoRA',
      ['model.adapter={type: dora, reference: start}', 'rollout.engine={name: llama_cpp, weight_update: adapter}'],
      /it is DoRA/,
    ],
    [
      'sending whole modules to servers',
      [lora, 'rollout.engine={name: vllm, urls: ["http://127.0.0.1:1"], weight_update: adapter}'],
      /stored whole: model.norm/,
    ],
  ])('refuses %s before the run', async (_, overrides, message) => {
    await expect(load(overrides)).rejects.toMatchObject({ kind: 'config' });
    await expect(load(overrides)).rejects.toThrow(message);
  });
});
