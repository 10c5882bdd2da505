import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRlloomError } from '@rlloom/spec';
import { selectBackend, tensorOf, tf } from '@rlloom/tensor';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { forwardHidden, logits } from '../forward-hidden.ts';
import { fixturePath, smallModel } from '../testing/small-model.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { writeTokenizerFiles } from '../tokenizer/tokenizer-files.ts';
import { loadModel } from './load-model.ts';
import { saveModel } from './save-model.ts';
import { writeShard } from './write-safetensors.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-save-'));
});

const readJson = async (...path: string[]) =>
  JSON.parse(await readFile(join(directory, ...path), 'utf8')) as Record<string, unknown>;

describe('saveModel', () => {
  it('writes what it read', async () => {
    const model = await loadModel(fixturePath('models/qwen2'));
    await saveModel(model, join(directory, 'copy'), { tokenizerFrom: fixturePath('models/qwen2') });
    const again = await loadModel(join(directory, 'copy'));
    expect(again.config).toEqual(model.config);
    for (const [name, tensor] of Object.entries(model.parameters)) {
      expect(await again.parameters[name]?.data(), name).toEqual(await tensor.data());
    }
    expect((await readdir(join(directory, 'copy'))).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await readJson('copy', 'config.json')).toMatchObject({
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      rope_theta: 1000000,
      torch_dtype: 'float32',
      use_cache: true,
    });
    expect(await readJson('copy', 'generation_config.json')).toEqual({ eos_token_id: 501, pad_token_id: 499 });
    expect(await readdir(directory)).toEqual(['copy']);
    for (const each of [model, again]) each.dispose();
  });

  it('says "format: pt" in the header, without which transformers does not open the file', async () => {
    const model = smallModel();
    await saveModel(model, directory);
    model.dispose();
    const bytes = await readFile(join(directory, 'model.safetensors'));
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()) as Record<
      string,
      unknown
    >;
    expect(header['__metadata__']).toEqual({ format: 'pt' });
    expect(header['model.embed_tokens.weight']).toEqual({
      dtype: 'F32',
      shape: [23, 16],
      data_offsets: [0, 23 * 16 * 4],
    });
  });

  it('rounds weights to a smaller number type', async () => {
    const model = smallModel();
    for (const [dtype, tolerance] of [
      ['bfloat16', 2 ** -8],
      ['float16', 2 ** -11],
    ] as const) {
      await saveModel(model, join(directory, dtype), { dtype });
      const again = await loadModel(join(directory, dtype));
      const weights = (each: CausalLanguageModel) =>
        tensorOf(each.parameters, 'model.embed_tokens.weight').data<'float32'>();
      const rounded = await weights(again);
      const errors = [...(await weights(model))].map((value, i) => Math.abs((rounded[i] ?? Number.NaN) / value - 1));
      expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
      expect(Math.max(...errors)).toBeGreaterThan(0);
      expect(await readJson(dtype, 'config.json')).toMatchObject({ torch_dtype: dtype });
      again.dispose();
    }
    model.dispose();
  });

  it('splits a large model and says where each tensor is', async () => {
    const model = smallModel();
    await saveModel(model, directory, { maxShardBytes: 4000 });
    const index = (await readJson('model.safetensors.index.json')) as {
      metadata: object;
      weight_map: Record<string, string>;
    };
    expect(index.metadata).toEqual({ total_size: model.parameterCount * 4 });
    expect(Object.keys(index.weight_map).sort()).toEqual(Object.keys(model.parameters).sort());
    for (const file of new Set(Object.values(index.weight_map))) {
      const bytes = await readFile(join(directory, file));
      expect(bytes.length - 8 - Number(bytes.readBigUInt64LE(0))).toBeLessThanOrEqual(4000);
    }
    expect(new Set(Object.values(index.weight_map)).size).toBe(6);
    model.dispose();
  });

  it('replaces the weights of a former model and leaves other files', async () => {
    const model = smallModel();
    await saveModel(model, directory, { maxShardBytes: 4000 });
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await saveModel(model, directory);
    expect((await readdir(directory)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'notes.txt',
    ]);
    model.dispose();
  });

  it('leaves nothing behind when it fails', async () => {
    const model = smallModel();
    await writeFile(join(directory, 'file'), '');
    const error: unknown = await saveModel(model, join(directory, 'file', 'model')).catch((reason: unknown) => reason);
    expect(isRlloomError(error) && error.kind).toBe('storage');
    await mkdir(join(directory, 'empty'));
    await expect(saveModel(model, join(directory, 'out'), { tokenizerFrom: join(directory, 'empty') })).rejects.toThrow(
      /no tokenizer\.json/,
    );
    expect((await readdir(directory)).sort()).toEqual(['empty', 'file']);
    model.dispose();
  });
});

const python = process.env['RLLOOM_PEER_PYTHON'];

describe('transformers', () => {
  it.runIf(python !== undefined)(
    'opens the folder with equal logits and an equal tokenizer',
    { timeout: 300_000 },
    async () => {
      const chatTemplate = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}<|assistant|>";
      await writeTokenizerFiles(join(directory, 'tokenizer'), {
        tokens: [...'0123456789+-*/=(). \nabcxyz', '####'],
        specialTokens: ['<|user|>', '<|assistant|>'],
        chatTemplate,
      });
      const tokenizer = await loadTokenizer(join(directory, 'tokenizer'));
      const text = '12 + 3*x\n#### 4';
      const messages = [{ role: 'user', content: '1+1=' }] as const;
      for (const [name, options] of [
        ['float32', {}],
        ['shards', { maxShardBytes: 3000 }],
        ['bfloat16', { dtype: 'bfloat16' }],
        ['float16', { dtype: 'float16', maxShardBytes: 1500 }],
      ] as const) {
        const model = smallModel({
          vocab_size: tokenizer.vocabularySize,
          tie_word_embeddings: name === 'shards',
          eos_token_id: 1,
        });
        await saveModel(model, join(directory, name), { tokenizerFrom: join(directory, 'tokenizer'), ...options });
        model.dispose();
        const saved = await loadModel(join(directory, name));
        const tokens = [...tokenizer.encode(text)];
        const own = tf.tidy(() => {
          const batch = {
            tokens: tf.tensor2d([tokens], undefined, 'int32'),
            attentionMask: tf.ones<tf.Rank.R2>([1, tokens.length], 'int32'),
          };
          return logits(saved.config, saved.parameters, forwardHidden(saved.config, saved.parameters, batch));
        });
        const { stdout } = await promisify(execFile)(python as string, [
          '-c',
          peerScript,
          join(directory, name),
          text,
          JSON.stringify(messages),
        ]);
        const peer = JSON.parse(stdout) as { logits: number[]; ids: number[]; decoded: string; chat: string };
        expect(peer.ids).toEqual(tokens);
        expect(peer.decoded).toBe(tokenizer.decode(tokens));
        expect(peer.chat).toBe(tokenizer.renderChat(messages, { addGenerationPrompt: true }));
        const values = await own.data<'float32'>();
        const errors = peer.logits.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN)));
        expect(Math.max(...errors)).toBeLessThan(2e-4);
        own.dispose();
        saved.dispose();
      }
    },
  );
});

describe('transformers, on every family', () => {
  const families = ['gemma2', 'gemma3', 'gpt2', 'llama_sharded', 'mistral', 'phi3', 'qwen2', 'qwen3', 'qwen3_moe'];
  it.runIf(python !== undefined)(
    'computes the logits of the original from what we saved',
    { timeout: 300_000 },
    async () => {
      for (const name of families) {
        const model = await loadModel(fixturePath(`models/${name}`));
        await saveModel(model, join(directory, name), { maxShardBytes: 100_000 });
        model.dispose();
        expect(await readdir(join(directory, name))).toContain('model.safetensors.index.json');
      }
      const { stdout } = await promisify(execFile)(python as string, [
        '-c',
        familiesScript,
        directory,
        fixturePath('models'),
        ...families,
      ]);
      const errors = JSON.parse(stdout) as Record<string, number>;
      expect(Object.keys(errors)).toEqual(families);
      for (const name of families) expect(errors[name], name).toBeLessThan(1e-6);
    },
  );
});

const familiesScript = `
import json, sys, torch
from transformers import AutoModelForCausalLM
saved, original, *names = sys.argv[1:]
def logits(folder, batch):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation='eager')
    with torch.no_grad():
        return model(torch.tensor(batch['input_ids'])).logits
errors = {}
for name in names:
    batch = json.load(open(f'{original}/{name}/expected.json'))['single']
    errors[name] = (logits(f'{saved}/{name}', batch) - logits(f'{original}/{name}', batch)).abs().max().item()
print(json.dumps(errors))
`;

describe('torch', () => {
  it.runIf(python !== undefined)('rounds weights to the same bits', { timeout: 120_000 }, async () => {
    // All kinds of exponents and mantissas, ties and numbers beyond the range of float16 among them.
    const bits = Uint32Array.from({ length: 200_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0);
    const ties = Uint32Array.from({ length: 2000 }, (_, i) => 0x3f800000 + (i << 12));
    const values = [bits, ties].flatMap((each) => [...new Float32Array(each.buffer)]).filter(Number.isFinite);
    const parameters = { a: tf.tensor(values) };
    for (const elementType of ['F32', 'F16', 'BF16'] as const) {
      await writeShard(join(directory, elementType), { parameters, names: ['a'], elementType });
    }
    const { stdout } = await promisify(execFile)(python as string, [
      '-c',
      `import sys, torch\nfrom safetensors.torch import load_file as f\nd = sys.argv[1]\na = f(d + '/F32')['a']\nprint([torch.equal(a.to(t), f(d + n)['a']) for t, n in ((torch.float16, '/F16'), (torch.bfloat16, '/BF16'))], len(a))`,
      directory,
    ]);
    expect(stdout.trim()).toBe(`[True, True] ${values.length}`);
    expect(values.length).toBeGreaterThan(200_000);
    tf.dispose(parameters);
  });
});

const peerScript = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, text, messages = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
tokenizer = AutoTokenizer.from_pretrained(folder)
ids = tokenizer(text).input_ids
with torch.no_grad():
    logits = model(torch.tensor([ids])).logits
print(json.dumps({
    'logits': logits.flatten().tolist(),
    'ids': ids,
    'decoded': tokenizer.decode(ids),
    'chat': tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True),
}))
`;
