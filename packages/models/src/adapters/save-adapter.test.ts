import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRlloomError } from '@rlloom/spec';
import { selectBackend, tf } from '@rlloom/tensor';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveModel } from '../checkpoint/save-model.ts';
import { lastLogits } from '../testing/check-forward.ts';
import { movedAdapter } from '../testing/moved-adapter.ts';
import { fixturePath, smallModel } from '../testing/small-model.ts';
import { withAdapter } from './adapt-parameters.ts';
import { createAdapter, type CreateAdapterOptions } from './create-adapter.ts';
import { loadAdapter } from './load-adapter.ts';
import { saveAdapter } from './save-adapter.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-adapter-'));
});

const everything: Omit<CreateAdapterOptions, 'seed'> = {
  rank: 4,
  alpha: 6,
  useDora: true,
  useRslora: true,
  excludeModules: ['o_proj'],
  modulesToSave: ['input_layernorm'],
  rankPattern: { q_proj: 2 },
  alphaPattern: { 'layers.1.mlp.up_proj': 3 },
};

describe('saveAdapter', () => {
  it('writes what loadAdapter reads, with every option', async () => {
    const model = smallModel();
    for (const options of [{ targetModules: ['q_proj', 'v_proj'] }, everything, { targetModules: '.*_proj' }]) {
      const adapter = movedAdapter(model, options);
      await saveAdapter(adapter, directory, { baseModel: '../base' });
      const again = await loadAdapter(model, directory);
      expect({ ...again.config, otherKeys: {} }).toEqual({ ...adapter.config, baseModel: '../base' });
      expect(Object.keys(again.parameters)).toEqual(Object.keys(adapter.parameters));
      for (const [name, tensor] of Object.entries(adapter.parameters)) {
        expect(await again.parameters[name]?.data(), name).toEqual(await tensor.data());
      }
      for (const each of [adapter, again]) each.dispose();
    }
    expect((await readdir(directory)).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    model.dispose();
  });

  it('says the same to servers by names of modules and one alpha', async () => {
    const model = smallModel();
    const adapter = movedAdapter(model, { rank: 4, alpha: 6, useRslora: true, excludeModules: ['down_proj'] });
    await saveAdapter(adapter, directory, { forServers: true, tokenizerFrom: fixturePath('models/qwen2') });
    const again = await loadAdapter(model, directory);
    expect(again.config).toMatchObject({ useRslora: false, alpha: 12 });
    expect(again.config.targetModules).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj']);
    expect(again.modules).toEqual(adapter.modules);
    expect(await readdir(directory)).toContain('tokenizer.json');
    for (const each of [adapter, again, model]) each.dispose();
  });

  it('rounds to a smaller number type', async () => {
    const model = smallModel();
    const adapter = movedAdapter(model, { targetModules: ['q_proj'] });
    await saveAdapter(adapter, directory, { dtype: 'bfloat16' });
    const again = await loadAdapter(model, directory);
    for (const [name, tensor] of Object.entries(adapter.parameters)) {
      const values = await tensor.data();
      const read = await (again.parameters[name] as tf.Tensor).data();
      read.forEach((value, i) => expect(Math.abs(value / (values[i] as number) - 1)).toBeLessThanOrEqual(2 ** -8));
    }
    for (const each of [adapter, again, model]) each.dispose();
  });

  it('says when the folder cannot be written', async () => {
    const model = smallModel();
    const adapter = createAdapter(model, { seed: 1 });
    await writeFile(join(directory, 'file'), '');
    const error: unknown = await saveAdapter(adapter, join(directory, 'file', 'x')).catch((reason: unknown) => reason);
    expect(isRlloomError(error) && error.kind).toBe('storage');
    for (const each of [adapter, model]) each.dispose();
  });
});

describe('loadAdapter', () => {
  const failure = async (): Promise<string> => {
    const model = smallModel();
    const tensors = tf.memory().numTensors;
    const error: unknown = await loadAdapter(model, directory).catch((reason: unknown) => reason);
    expect(isRlloomError(error) && error.kind).toBe('model');
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
    return String((error as Error).message);
  };

  it('names what is missing, superfluous or of another shape', async () => {
    expect(await failure()).toMatch(/adapter_config\.json: the file is missing/);
    // The fixture belongs to a wider model.
    for (const name of ['adapter_config.json', 'adapter_model.safetensors']) {
      await copyFile(join(fixturePath('models/qwen2_lora'), name), join(directory, name));
    }
    expect(await failure()).toMatch(
      /adapter_model\.safetensors: base_model\.model\.model\.layers\.0\.self_attn\.q_proj\.lora_A\.weight: the shape is \[4, 64\], expected \[4, 16\]/,
    );
    const path = join(directory, 'adapter_config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...json, target_modules: ['q_proj'] }));
    expect(await failure()).toMatch(/v_proj\.lora_A\.weight: .* has no such tensor/);
    await writeFile(path, JSON.stringify({ ...json, target_modules: ['q_proj', 'k_proj', 'v_proj'] }));
    const model = smallModel();
    await saveAdapter(createAdapter(model, { seed: 1, targetModules: ['q_proj'] }), directory);
    await writeFile(path, JSON.stringify({ ...json, r: 8, target_modules: ['q_proj', 'k_proj'] }));
    expect(await failure()).toMatch(/k_proj\.lora_A\.weight: the tensor is missing/);
    await rename(join(directory, 'adapter_model.safetensors'), join(directory, 'adapter_model.bin'));
    expect(await failure()).toMatch(/pickle/);
    model.dispose();
  });
});

const python = process.env['RLLOOM_PEER_PYTHON'];
const batch = { input_ids: [[3, 1, 4, 1, 5, 9, 2, 6]], attention_mask: [[1, 1, 1, 1, 1, 1, 1, 1]] };

describe('PEFT', () => {
  it.runIf(python !== undefined)('opens what we save, and we open what it saves', { timeout: 300_000 }, async () => {
    const model = smallModel();
    await saveModel(model, join(directory, 'base'));
    for (const [name, options] of [
      ['plain', { rank: 2, targetModules: ['q_proj', 'v_proj'] }],
      ['pattern', { rank: 3, targetModules: String.raw`.*layers\.1\..*_proj`, useRslora: true }],
      ['everything', everything],
    ] as const) {
      const adapter = movedAdapter(model, options);
      await saveAdapter(adapter, join(directory, name), { baseModel: join(directory, 'base') });
      const own = await lastLogits(withAdapter(model, adapter), batch);
      const { stdout } = await promisify(execFile)(python as string, [
        '-c',
        peerScript,
        join(directory, 'base'),
        join(directory, name),
        join(directory, `${name}-peer`),
        JSON.stringify(batch.input_ids),
      ]);
      const peer = JSON.parse(stdout) as { opened: number[]; saved: number[] };
      const error = (actual: Float32Array, expected: readonly number[]) =>
        Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
      expect(error(own, peer.opened)).toBeLessThan(2e-4);
      const theirs = await loadAdapter(model, join(directory, `${name}-peer`));
      expect(error(await lastLogits(withAdapter(model, theirs), batch), peer.saved)).toBeLessThan(2e-4);
      for (const each of [adapter, theirs]) each.dispose();
    }
    model.dispose();
  });
});

// Opens an adapter, then moves its tensors, saves it, and says what the logits were before and after.
const peerScript = `
import json, sys, torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
base, adapter, out, ids = sys.argv[1], sys.argv[2], sys.argv[3], torch.tensor(json.loads(sys.argv[4]))
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), adapter, is_trainable=True)
with torch.no_grad():
    opened = model(ids).logits[:, -1]
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.add_(0.1 * torch.cos(torch.arange(parameter.numel()).float()).reshape(parameter.shape))
    model.train(), model.eval()
    saved = model(ids).logits[:, -1]
model.save_pretrained(out)
print(json.dumps({'opened': opened.flatten().tolist(), 'saved': saved.flatten().tolist()}))
`;
