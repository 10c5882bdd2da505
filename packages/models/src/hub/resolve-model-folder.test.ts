import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isRlloomError } from '@rlloom/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubServer, servedModel, startHubServer } from '../testing/hub-server.ts';
import type { DownloadProgress } from './hub-options.ts';
import { resolveModelFolder, type ResolveModelOptions } from './resolve-model-folder.ts';

const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));
const sha256 = createHash('sha256').update(weights).digest('hex');
const files = () => ({
  'README.md': Buffer.from('hello'),
  'additional_chat_templates/tool_use.jinja': Buffer.from('tools'),
  'onnx/model.safetensors': Buffer.from('no'),
  'config.json': Buffer.from('{"model_type":"qwen2"}'),
  'generation_config.json': Buffer.from('{}'),
  'tokenizer.json': Buffer.from('{"model":{}}'),
  'tokenizer_config.json': Buffer.from('{"chat_template":"x"}'),
  'model.safetensors': weights,
  'pytorch_model.bin': Buffer.alloc(1000),
});

let server: HubServer;
let home: string;
beforeEach(async () => {
  server = await startHubServer(files());
  server.behaviour.arrived = untilHere;
  weightsHere = 0;
  home = await mkdtemp(join(tmpdir(), 'rlloom-hub-'));
});
afterEach(async () => {
  await server.close();
  await rm(home, { recursive: true });
});

const cacheFolder = () => join(home, 'hub', 'models--some-owner--Tiny-1.5');
// What the client has of the weights: undici drops what it has not handed out when a connection breaks, so the server
// waits for it.
let weightsHere = 0;
async function untilHere(bytes: number): Promise<void> {
  while (weightsHere < bytes) await sleep(5);
}

const options = (more: ResolveModelOptions = {}): ResolveModelOptions => ({
  ...more,
  onProgress: (progress) => {
    if (progress.file === 'model.safetensors') weightsHere = progress.fileBytes;
    more.onProgress?.(progress);
  },
  env: { HF_HOME: home, HF_ENDPOINT: `${server.endpoint}/`, ...more.env },
});
const resolve = (more: ResolveModelOptions = {}) => resolveModelFolder(servedModel, options(more));
const paths = () => server.requests.map(({ path }) => path.replace(/\?.*/, '').split('/').at(-1));

async function failure(run: () => Promise<unknown>): Promise<{ kind: string; message: string }> {
  const error: unknown = await run().catch((reason: unknown) => reason);
  if (!isRlloomError(error)) throw new Error(`no RlloomError: ${String(error)}`, { cause: error });
  return { kind: error.kind, message: error.message.replaceAll(server.endpoint, 'HUB').replaceAll(home, 'HOME') };
}

describe('a model of the hub', () => {
  it('arrives in the layout of the Python cache: only what is read, weights last', async () => {
    const folder = await resolve();
    expect(folder).toBe(join(cacheFolder(), 'snapshots', 'a'.repeat(40)));
    expect((await readdir(folder)).sort()).toEqual([
      'additional_chat_templates',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await readlink(join(folder, 'model.safetensors'))).toBe(join('..', '..', 'blobs', sha256));
    expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
    // The hash of git: `git hash-object config.json`.
    expect(await readlink(join(folder, 'config.json'))).toBe(
      join('..', '..', 'blobs', '8cadb740053fa59602f06e1b0f0f755bd4801a54'),
    );
    expect(await readFile(join(cacheFolder(), 'refs', 'main'), 'utf8')).toBe('a'.repeat(40));
    expect(paths().at(-1)).toBe('model.safetensors');
  });

  it('is not downloaded twice, and a new commit brings only what changed', async () => {
    await resolve();
    server.requests.length = 0;
    await resolve();
    expect(paths()).toEqual(['main', 'a'.repeat(40), 'a'.repeat(40)]);
    server.behaviour.commit = 'b'.repeat(40);
    server.behaviour.files['config.json'] = Buffer.from('{"model_type":"qwen2","x":1}');
    server.requests.length = 0;
    const folder = await resolve();
    expect(folder).toContain('b'.repeat(40));
    expect(paths().slice(3)).toEqual(['config.json']);
    expect((await stat(join(folder, 'model.safetensors'))).size).toBe(weights.length);
  });

  it('is taken from a cache that Python filled, files in the place of links too', async () => {
    const snapshot = join(cacheFolder(), 'snapshots', 'a'.repeat(40));
    await mkdir(snapshot, { recursive: true });
    for (const [name, content] of Object.entries(files())) {
      await mkdir(dirname(join(snapshot, name)), { recursive: true });
      await writeFile(join(snapshot, name), content);
    }
    await mkdir(join(cacheFolder(), 'refs'));
    await writeFile(join(cacheFolder(), 'refs', 'main'), 'a'.repeat(40));
    expect(await resolve()).toBe(snapshot);
    expect(paths()).toHaveLength(3);
    expect(await resolve({ offline: true })).toBe(snapshot);
    expect(paths()).toHaveLength(3);
  });

  it('reports progress up to the last byte', async () => {
    const seen: DownloadProgress[] = [];
    await resolve({ onProgress: (progress) => seen.push(progress) });
    const total = Object.entries(files())
      .filter(([name]) => !/README|pytorch|onnx/.test(name))
      .reduce((sum, [, content]) => sum + content.length, 0);
    expect(seen.at(-1)).toEqual({
      model: servedModel,
      file: 'model.safetensors',
      fileBytes: weights.length,
      fileTotalBytes: weights.length,
      bytes: total,
      totalBytes: total,
    });
    expect(seen.every(({ bytes }, i) => bytes >= (seen[i - 1]?.bytes ?? 0))).toBe(true);
  });

  it('comes at a tag, a pull request or a commit; a commit that is here needs no network', async () => {
    const folder = await resolve({ revision: 'v1' });
    await resolve({ revision: 'refs/pr/1' });
    expect(await readFile(join(cacheFolder(), 'refs', 'refs', 'pr', '1'), 'utf8')).toBe('a'.repeat(40));
    server.requests.length = 0;
    expect(await resolve({ revision: 'a'.repeat(40) })).toBe(folder);
    expect(paths()).toEqual([]);
  });

  it('in several files: those of the index', async () => {
    const { 'model.safetensors': _, ...others } = files();
    const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } };
    server.behaviour.files = {
      ...others,
      'model-00001-of-00002.safetensors': weights.subarray(0, 10),
      'model-00002-of-00002.safetensors': weights.subarray(10),
      'model.fp16-00001-of-00001.safetensors': weights.subarray(5),
      'model.safetensors.index.json': Buffer.from(JSON.stringify(index)),
    };
    const folder = await resolve();
    expect((await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort()).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
    await rm(join(folder, 'model-00002-of-00002.safetensors'));
    expect((await failure(() => resolve({ offline: true }))).message).toMatch(
      /^HOME\/hub\/models--some-owner--Tiny-1\.5\/snapshots: offline mode, and the model in the cache has no model-00002-of/,
    );
  });

  it('gives only the tokenizer where only that is asked for', async () => {
    const folder = await resolve({ contents: 'tokenizer' });
    expect((await readdir(folder)).sort()).toEqual([
      'additional_chat_templates',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await resolve({ contents: 'tokenizer', offline: true })).toBe(folder);
    expect((await failure(() => resolve({ offline: true }))).message).toContain(
      'the model in the cache has no config.json',
    );
  });

  it('is asked for by several at once', async () => {
    const folders = await Promise.all([resolve(), resolve(), resolve()]);
    expect(new Set(folders).size).toBe(1);
    expect(server.storageRequests).toHaveLength(1);
    expect((await readFile(join(folders[0], 'model.safetensors'))).equals(weights)).toBe(true);
  });
});

describe('a download that is cut', () => {
  it('goes on where it stopped', async () => {
    server.behaviour.cutAfter = [100_000, 0, 50_000];
    const folder = await resolve();
    expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
    const ranges = server.storageRequests.map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=100000-', 'bytes=150000-']);
  });

  it('goes on in the next run, when the connection did not come back', async () => {
    server.behaviour.cutAfter = [100_000, 0, 0, 0, 0];
    const { message } = await failure(() => resolve());
    expect(message).toContain('cannot be downloaded: the connection ended after 100000 of 300000 bytes');
    expect(message).toContain('start again to go on where it stopped');
    expect(await readdir(join(cacheFolder(), 'blobs'))).toContain(`${sha256}.rlloom.incomplete`);
    const seen: number[] = [];
    await resolve({ onProgress: ({ file, fileBytes }) => file === 'model.safetensors' && seen.push(fileBytes) });
    expect(seen[0]).toBe(100_000);
    expect(server.storageRequests.at(-1)?.range).toBe('bytes=100000-');
    expect(await readdir(join(cacheFolder(), 'blobs'))).not.toContain(`${sha256}.rlloom.incomplete`);
  });

  it('starts anew where the server sends no parts of files', async () => {
    server.behaviour.withoutRanges = true;
    server.behaviour.cutAfter = [100_000];
    expect((await readFile(join(await resolve(), 'model.safetensors'))).equals(weights)).toBe(true);
  });

  it('ends when the signal is aborted, and keeps what has arrived', async () => {
    const controller = new AbortController();
    server.behaviour.cutAfter = [100_000];
    const stopped = await failure(() =>
      resolve({
        signal: controller.signal,
        onProgress: ({ file, fileBytes }) => {
          if (file === 'model.safetensors' && fileBytes === 100_000) controller.abort();
        },
      }),
    );
    expect(stopped).toEqual({
      kind: 'interrupted',
      message: expect.stringContaining('what has arrived is kept') as string,
    });
    expect((await stat(join(cacheFolder(), 'blobs', `${sha256}.rlloom.incomplete`))).size).toBe(100_000);
  });

  it('refuses contents of another hash, and drops them', async () => {
    server.behaviour.altered = true;
    const { kind, message } = await failure(() => resolve());
    expect(kind).toBe('model');
    expect(message).toMatch(
      /^HUB\/some-owner\/Tiny-1\.5\/resolve\/a+\/config\.json: what arrived does not have the hash/,
    );
    expect(await readdir(join(cacheFolder(), 'blobs'))).toEqual([]);
    server.behaviour.altered = false;
    await resolve();
  });

  it('replaces a blob of another size, which a full disk can leave', async () => {
    await mkdir(join(cacheFolder(), 'blobs'), { recursive: true });
    await writeFile(join(cacheFolder(), 'blobs', sha256), weights.subarray(0, 1000));
    expect((await readFile(join(await resolve(), 'model.safetensors'))).equals(weights)).toBe(true);
  });
});

describe('the token', () => {
  it('goes to the hub and not to where it sends us for large files', async () => {
    await resolve({ token: 'not-of-the-hub' });
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer not-of-the-hub']),
    );
    expect(server.storageRequests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it.each([
    ['HF_TOKEN', { env: { HF_TOKEN: ' hf_env ' } }, 'Bearer hf_env'],
    ['the token file', {}, 'Bearer hf_file'],
    ['null', { token: null }, undefined],
  ] as const)('comes from %s', async (...[, more, expected]) => {
    await writeFile(join(home, 'token'), 'hf_file\n');
    await resolve({ contents: 'tokenizer', ...more });
    expect(server.requests[0]?.authorization).toBe(expected);
  });
});

describe('a refusal', () => {
  const byHand = /hf download some-owner\/Tiny-1\.5.* into HOME\/hub; or save config\.json, .* give its path/;

  it('of a gated model says how to get access', async () => {
    server.behaviour.refuse = {
      status: 401,
      code: 'GatedRepo',
      message: 'Access to model is restricted.',
      path: /resolve/,
    };
    const { kind, message } = await failure(() => resolve());
    expect(kind).toBe('model');
    expect(message).toMatch(
      /^HUB\/some-owner\/Tiny-1\.5: access to the model is restricted, HTTP 401 \("Access to model is restricted\."\)\n {2}→ accept its terms at HUB\/some-owner\/Tiny-1\.5, then set HF_TOKEN/,
    );
    expect(message).toMatch(byHand);
    expect(message).not.toContain('the token that was sent');
    server.behaviour.refuse = { status: 403, code: 'GatedRepo' };
    expect((await failure(() => resolve({ token: 'hf_x' }))).message).toContain(
      'the token that was sent does not give',
    );
  });

  it.each([
    [
      { status: 401, code: 'RepoNotFound' },
      /the hub has no such model or it is private, HTTP 401\n {2}→ check the spelling/,
    ],
    [{ status: 404 }, /there is no folder some-owner\/Tiny-1\.5, and the hub has no such model/],
    [{ status: 418 }, /the hub answered with HTTP 418/],
  ])('%j', async (refuse, expected) => {
    server.behaviour.refuse = refuse;
    const { kind, message } = await failure(() => resolve());
    expect(kind).toBe('model');
    expect(message).toMatch(expected);
    expect(message).toMatch(byHand);
  });

  it('of a token, and of a revision', async () => {
    server.behaviour.refuse = { status: 401, message: 'Invalid credentials in Authorization header' };
    expect((await failure(() => resolve({ token: 'hf_old' }))).message).toMatch(
      /the hub does not accept the token \("Invalid/,
    );
    delete server.behaviour.refuse;
    expect((await failure(() => resolve({ revision: 'v9' }))).message).toMatch(/the model has no revision "v9"/);
    expect((await failure(() => resolve({ revision: '../../x' }))).message).toMatch(/is not the name of a revision/);
  });

  it('is asked again when the hub was only busy', async () => {
    server.behaviour.refuse = { status: 503 };
    const running = resolve();
    setTimeout(() => delete server.behaviour.refuse, 100);
    expect(await running).toContain('snapshots');
    expect(paths().slice(0, 2)).toEqual(['main', 'main']);
  });

  it('of a model without safetensors says how to convert it', async () => {
    const { 'model.safetensors': _, ...others } = files();
    server.behaviour.files = others;
    expect((await failure(() => resolve())).message).toMatch(
      /HUB\/some-owner\/Tiny-1\.5\/tree\/main: the model has no weights in safetensors, but a pickle: pytorch_model\.bin\n {2}→ convert it/,
    );
  });
});

describe('without a network', () => {
  it('says how to do it by hand', { timeout: 30_000 }, async () => {
    const { endpoint } = server;
    await server.close();
    const { kind, message } = await failure(() =>
      resolveModelFolder(servedModel, { env: { HF_HOME: home, HF_ENDPOINT: endpoint } }),
    );
    expect(kind).toBe('model');
    expect(message).toMatch(
      /there is no folder some-owner\/Tiny-1\.5, and the model cannot be downloaded: .*ECONNREFUSED/,
    );
    expect(message).toMatch(/copy its folder models--some-owner--Tiny-1\.5 into HOME\/hub; or save config\.json/);
    const proxied = { HF_HOME: home, HF_ENDPOINT: endpoint, HTTPS_PROXY: 'http://proxy' };
    expect((await failure(() => resolveModelFolder(servedModel, { env: proxied }))).message).toContain(
      'NODE_USE_ENV_PROXY=1',
    );
    server = await startHubServer({});
  });

  it('uses a complete copy in the cache', { timeout: 30_000 }, async () => {
    const folder = await resolve();
    const { endpoint } = server;
    await server.close();
    expect(await resolveModelFolder(servedModel, { env: { HF_HOME: home, HF_ENDPOINT: endpoint } })).toBe(folder);
    server = await startHubServer({});
  });

  it('offline mode asks nobody, with the cache or without', async () => {
    const { message } = await failure(() => resolve({ env: { HF_HUB_OFFLINE: '1' } }));
    expect(message).toMatch(
      /snapshots: offline mode, and revision "main" of the model is not in the cache\n {2}→ unset HF_HUB_OFFLINE/,
    );
    const folder = await resolve();
    server.requests.length = 0;
    expect(await resolve({ env: { HF_HUB_OFFLINE: 'ON' } })).toBe(folder);
    expect(server.requests).toEqual([]);
  });
});

const python = process.env['RLLOOM_PEER_PYTHON'];

describe.runIf(python !== undefined)('huggingface_hub of Python', () => {
  const script = (code: string, env: Readonly<Record<string, string>>) =>
    promisify(execFile)(python as string, ['-c', `from huggingface_hub import snapshot_download as d\n${code}`], {
      env: { ...process.env, HF_HOME: home, HF_ENDPOINT: server.endpoint, HF_HUB_DISABLE_XET: '1', ...env },
    }).then(({ stdout }) => stdout.trim());

  it('finds what was downloaded here', { timeout: 60_000 }, async () => {
    const folder = await resolve();
    expect(await script(`print(d('${servedModel}'))`, { HF_HUB_OFFLINE: '1' })).toBe(folder);
    const scan = `from huggingface_hub import scan_cache_dir as s; i = s(); print(len(i.warnings), i.size_on_disk)`;
    const wanted = Object.entries(files()).filter(([name]) => !/README|pytorch|onnx/.test(name));
    const bytes = wanted.reduce((sum, [, content]) => sum + content.length, 0);
    expect(await script(scan, {})).toBe(`0 ${bytes}`);
  });
});

describe('what is no model of the hub', () => {
  it('a folder stays as it is written', async () => {
    expect(await resolveModelFolder(home)).toBe(home);
  });

  it.each(['runs/../x/y', './runs/model', 'model', 'a/b/c', '/none/such', 'a--b/c'])(
    '%s is not looked up',
    async (path) => {
      const { kind, message } = await failure(() => resolveModelFolder(path, options()));
      expect(kind).toBe('model');
      expect(message).toMatch(
        /: there is no such model folder\n {2}→ give the path .* or a model of the hub as owner\/name$/,
      );
      expect(server.requests).toEqual([]);
    },
  );
});
