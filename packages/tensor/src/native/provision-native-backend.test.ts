import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isRlloomError, type RlloomError } from '@rlloom/spec';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fileDigest } from './file-digest.ts';
import { findTools, type NativeTools } from './find-tools.ts';
import { listFiles } from './list-files.ts';
import { findDamage, readManifest } from './manifest.ts';
import { nativeDirectory } from './native-directory.ts';
import type { NativePlan } from './native-plan.ts';
import { nativeStatus } from './native-status.ts';
import type { ProvisionProgress } from './provision-progress.ts';
import { sessionFile } from './tensorflow-session.ts';
import { provision } from './provision-native-backend.ts';

// The real download has 274 MB. Here npm, pip, the compiler and the loader are the real ones, and what they work
// on is small: a library with the one C function TF_Version, and a tfjs-node that computes on tfjs's cpu backend.
const run = promisify(execFile);
const require = createRequire(import.meta.url);
const platformTag = `manylinux_2_27_${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

const librarySource = `
#include <unistd.h>
#include <cstring>
static void say(const char* text) { if (write(2, text, strlen(text)) < 0) return; }
struct Banner { Banner() { say("I0000 00:00:1.2 3 port.cc:153] oneDNN is on.\\na line of someone else\\n"); } } banner;
extern "C" const char* TF_Version() { return "2.21.0"; }
`;
const bindingSource = `
#include <node_api.h>
#include "tensorflow/c/c_api.h"
NAPI_MODULE_INIT() {
  napi_value version;
  napi_create_string_utf8(env, TF_Version(), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}
`;
// All that is asked of it when a folder is verified. Node-API does not link with anything.
const sessionSource = `
#include <node_api.h>
#include "tensorflow/c/c_api.h"
NAPI_MODULE_INIT() {
  napi_value code, session;
  napi_create_string_utf8(env, R"(({
    interface: 1,
    Session: class {
      extend() {}
      async run([{ data }]) { return [{ data: data.map((x) => x * x) }]; }
      async close() {}
    },
  }))", NAPI_AUTO_LENGTH, &code);
  napi_run_script(env, code, &session);
  return session;
}
`;
const tfjsNodeSource = `
const tf = require('@tensorflow/tfjs');
const { join } = require('node:path');
const util = require('node:util');
const { MathBackendCPU } = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-backend-cpu'))});
const binding = require(require('@mapbox/node-pre-gyp').find(join(__dirname, '..', 'package.json')));
if (!util.isArray([]) || util.isNullOrUndefined(0)) throw new Error('util');
for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
tf.registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), { binding, isUsingGpuDevice: false }));
tf.setBackend('tensorflow');
`;

const tools: NativeTools = await findTools();
const lacking =
  process.platform === 'linux' ? Object.entries(tools).find(([, tool]) => tool === undefined)?.[0] : 'Linux';

let folder = '';
let plan: NativePlan;
beforeAll(async () => {
  if (lacking !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'rlloom-native-'));
  await writeFiles(folder, { 'session.cc': sessionSource });
  plan = {
    kind: 'cpu',
    sessionSource: join(folder, 'session.cc'),
    platform: process.platform,
    arch: process.arch,
    packages: [await npmPackage('good', {}), await nodeHeaders()],
    wheel: { ...(await makeWheel('good')), project: 'tensorflow-cpu', version: '2.21.0', platformTag, libraries },
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

/** A tfjs-node in miniature as `npm pack` makes it, with some files replaced. */
async function npmPackage(
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<NativePlan['packages'][number]> {
  const source = join(folder, 'sources', name);
  await writeFiles(source, {
    'package.json': JSON.stringify({ name: '@tensorflow/tfjs-node', version: '4.22.0', main: 'dist/index.js' }),
    'dist/index.js': tfjsNodeSource,
    'dist/index_test.js': 'not kept',
    'binding/tfjs_binding.cc': bindingSource,
    ...files,
  });
  return pack(source, '@tensorflow/tfjs-node', '4.22.0');
}

async function nodeHeaders(): Promise<NativePlan['packages'][number]> {
  const file = require.resolve('node-api-headers');
  const { version } = JSON.parse(await readFile(join(dirname(file), 'package.json'), 'utf8')) as { version: string };
  return pack(dirname(file), 'node-api-headers', version);
}

async function pack(source: string, name: string, version: string): Promise<NativePlan['packages'][number]> {
  const target = `${source.startsWith(folder) ? source : join(folder, 'sources', name)}-packed`;
  await mkdir(target, { recursive: true });
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', target, source]);
  const file = join(target, (await readdir(target))[0] ?? '');
  return { name, version, integrity: `sha512-${await fileDigest(file, 'sha512', 'base64')}`, source: file };
}

/** A wheel in `folder/wheels/<name>`; `listed` changes the digest that it lists for its library. */
async function makeWheel(name: string, listed?: string): Promise<{ sha256: string; bytes: number }> {
  const content = join(folder, 'wheel', name);
  const info = 'tensorflow_cpu-2.21.0.dist-info';
  await writeFiles(content, {
    'library.cc': librarySource,
    'tensorflow/include/tensorflow/c/c_api.h': 'extern "C" const char* TF_Version();',
    'tensorflow/python/unneeded.py': 'x = 1',
    [`${info}/METADATA`]: [
      'Metadata-Version: 2.1',
      'Name: tensorflow-cpu',
      'Version: 2.21.0',
      'Requires-Dist: numpy>=1.26.0',
      'Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27.7; extra == "and-cuda"',
    ].join('\n'),
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0',
  });
  const compiler = tools.compiler?.command[0] ?? '';
  for (const library of libraries) {
    const source = library === libraries[0] ? join(content, 'library.cc') : '/dev/null';
    const output = ['-o', join(content, 'tensorflow', library), `-Wl,-soname,${library}`];
    await run(compiler, ['-shared', '-fPIC', '-x', 'c++', source, ...output]);
  }
  await rm(join(content, 'library.cc'));
  const record: string[] = [];
  for (const { path, bytes } of await listFiles(content)) {
    const digest = createHash('sha256')
      .update(await readFile(join(content, path)))
      .digest('base64url');
    record.push(`${path},sha256=${path.endsWith(libraries[0]) ? (listed ?? digest) : digest},${bytes}`);
  }
  await writeFile(join(content, info, 'RECORD'), [...record, `${info}/RECORD,,`].join('\n'));
  const file = join(folder, 'wheels', name, `tensorflow_cpu-2.21.0-cp312-cp312-${platformTag}.whl`);
  await mkdir(dirname(file), { recursive: true });
  await run(tools.python?.command[0] ?? '', ['-m', 'zipfile', '-c', file, 'tensorflow', info], { cwd: content });
  return { sha256: await fileDigest(file, 'sha256'), bytes: (await readFile(file)).length };
}

const pipEnvironment = (wheel: string): Record<string, string> => ({
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: join(folder, 'wheels', wheel),
});

async function provisionTiny(cache: string, changes: Partial<NativePlan> = {}, wheel = 'good') {
  for (const [name, value] of Object.entries(pipEnvironment(wheel))) vi.stubEnv(name, value);
  const progress: ProvisionProgress[] = [];
  const cacheDirectory = join(folder, cache);
  const result = await provision(
    { ...plan, ...changes },
    { cacheDirectory, onProgress: (event) => progress.push(event) },
  );
  return { result, states: progress.map(({ step, state }) => `${step} ${state}`) };
}

async function failureOf(promise: Promise<unknown>): Promise<RlloomError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isRlloomError(error)) throw new Error(`expected an RlloomError, got ${String(error)}`);
  return error;
}

/** Runs a module in a process of its own, on the sources. */
async function runModule(code: string, env: Record<string, string> = {}) {
  const here = JSON.stringify(new URL('.', import.meta.url).href);
  const args = [
    '--conditions=@rlloom/source',
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `const here = ${here};${code}`,
  ];
  return run(process.execPath, args, { env: { ...process.env, ...env } }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, signal: undefined }),
    (error: { stdout: string; stderr: string; signal: string | null }) => ({
      ...error,
      signal: error.signal ?? 'failed',
    }),
  );
}

const load = (cache: string, options = "{ kind: 'cpu' }"): string => `
  const { loadNativeBackend } = await import(here + 'load-native-backend.ts');
  const { tf } = await import(here + '../tf.ts');
  const { directory, ...result } = await loadNativeBackend({ ...${options}, cacheDirectory: ${JSON.stringify(join(folder, cache))} });
  const product = result.loaded ? Array.from(await tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).data()) : [];
  console.log(JSON.stringify({ ...result, product, env: process.env.TF_NUM_INTRAOP_THREADS }));
`;

describe.skipIf(lacking !== undefined)(
  `provisioning${lacking === undefined ? '' : ` (skipped: needs ${lacking})`}`,
  () => {
    it('builds once when two ask at once, and does nothing when all is there', async () => {
      const [first, second] = await Promise.all([provisionTiny('once'), provisionTiny('once')]);
      const [builder, waiter] = first.result.alreadyThere ? [second, first] : [first, second];
      expect(builder.result).toMatchObject({
        kind: 'cpu',
        tensorflowVersion: '2.21.0',
        alreadyThere: false,
        advice: [],
      });
      expect(builder.states.filter((state) => state.endsWith('finished'))).toEqual(
        ['tools', 'packages', 'wheel', 'libraries', 'compile', 'verify', 'install'].map((step) => `${step} finished`),
      );
      expect(waiter.result.alreadyThere).toBe(true);
      expect(waiter.states).toEqual(['lock started']);
      const { directory, bytes } = builder.result;
      expect(directory).toBe(nativeDirectory(plan, join(folder, 'once')));
      expect(await readdir(dirname(directory))).toEqual([basename(directory)]);
      const files = await listFiles(directory);
      expect(bytes).toBe(
        files.filter(({ path }) => path !== 'manifest.json').reduce((sum, file) => sum + file.bytes, 0),
      );
      expect(files.map(({ path }) => path)).toEqual([
        ...['js_native_api', 'js_native_api_types', 'node_api', 'node_api_types'].map(
          (name) => `build/node-api-headers/include/${name}.h`,
        ),
        'manifest.json',
        'node_modules/@mapbox/node-pre-gyp/index.js',
        'node_modules/@tensorflow/tfjs-core/index.js',
        'node_modules/@tensorflow/tfjs-node/dist/index.js',
        'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node',
        'node_modules/@tensorflow/tfjs-node/package.json',
        'node_modules/@tensorflow/tfjs/index.js',
        'process-control.node',
        await sessionFile(plan.sessionSource),
        'tensorflow/include/tensorflow/c/c_api.h',
        'tensorflow/libtensorflow_cc.so.2',
        'tensorflow/libtensorflow_framework.so.2',
      ]);
      // Without any tool on the PATH: nothing is fetched or compiled again.
      vi.stubEnv('PATH', join(folder, 'empty'));
      expect((await provisionTiny('once')).result).toMatchObject({ alreadyThere: true, bytes });
    });

    it('loads what it built, also from another place, and keeps the banner to itself', async () => {
      const loaded = await runModule(load('once', "{ kind: 'cpu', threads: 1 }"));
      expect(JSON.parse(loaded.stdout)).toEqual({
        loaded: true,
        tfjsBackendName: 'tensorflow',
        source: 'provisioned',
        reason: 'rlloom setup provisioned it',
        libraryVersion: 'TensorFlow 2.21.0',
        threads: 1,
        device: 'CPU (TensorFlow)',
        product: [11],
        env: '1',
      });
      expect(loaded.stderr).toBe('a line of someone else\n');
      await rename(join(folder, 'once'), join(folder, 'moved'));
      expect(JSON.parse((await runModule(load('moved'))).stdout)).toMatchObject({ loaded: true, product: [11] });
      expect(JSON.parse((await runModule(load('once'))).stdout)).toMatchObject({ loaded: false, product: [] });
      await rename(join(folder, 'moved'), join(folder, 'once'));
    });

    it('tells the doctor what is there', async () => {
      const { kinds, tools: found } = await nativeStatus({ cacheDirectory: join(folder, 'once'), checksums: true });
      expect(kinds[0]).toMatchObject({ kind: 'cpu', advice: undefined });
      expect(kinds[0]?.provisioned).toMatchObject({ tensorflowVersion: '2.21.0', damage: undefined });
      expect(found).toMatchObject({
        compiler: tools.compiler?.version,
        pip: tools.pip?.version,
        python: tools.python?.version,
      });
      const nothing = await nativeStatus({ cacheDirectory: join(folder, 'nothing') });
      expect(nothing.kinds[0]?.provisioned).toMatchObject({ tensorflowVersion: undefined, bytes: 0 });
      expect(nothing.kinds[0]?.advice).toBe('run "rlloom setup --backend cpu"');
    });

    it('compiles a session that is missing or of other sources into the folder, and nothing else', async () => {
      const { directory } = (await provisionTiny('session')).result;
      const first = await sessionFile(plan.sessionSource);
      const changed = join(folder, 'changed.cc');
      await writeFile(changed, `${sessionSource}// changed`);
      const { result, states } = await provisionTiny('session', { sessionSource: changed });
      expect(result.alreadyThere).toBe(false);
      expect(states).toEqual(['tools', 'compile', 'verify'].flatMap((step) => [`${step} started`, `${step} finished`]));
      const second = await sessionFile(changed);
      const names = async (): Promise<string[]> =>
        (await readdir(directory)).filter((name) => name.startsWith('tensorflow-session-'));
      expect([first === second, await names()]).toEqual([false, [second]]);
      expect((await provisionTiny('session', { sessionSource: changed })).result.alreadyThere).toBe(true);

      // What does not work is not taken, and the one that was there stays.
      const broken = join(folder, 'broken.cc');
      await writeFile(broken, sessionSource.replace('x * x', 'x + x'));
      const error = await failureOf(provisionTiny('session', { sessionSource: broken }));
      expect(error.message).toMatch(/does not work on this machine/);
      expect(await names()).toEqual([second]);
      expect((await provisionTiny('session', { sessionSource: changed })).result.alreadyThere).toBe(true);
    });

    it('loads a folder of an earlier version, which has no session, and builds it anew when asked', async () => {
      const { directory } = (await provisionTiny('earlier')).result;
      const manifest = await readManifest(directory);
      if (manifest === undefined) throw new Error('no manifest');
      const session = await sessionFile(plan.sessionSource);
      const added = new RegExp(`^build/|include/|^${session}$`);
      const files = Object.fromEntries(Object.entries(manifest.files).filter(([path]) => !added.test(path)));
      await writeFile(join(directory, 'manifest.json'), JSON.stringify({ ...manifest, files }));
      const loaded = await runModule(
        `${load('earlier')}
        const { loadedSessionAddon } = await import(here + 'load-native-backend.ts');
        console.log(loadedSessionAddon() === undefined);`,
      );
      expect(loaded.stdout).toMatch(/"product":\[11\].*\ntrue\n$/);
      const { kinds } = await nativeStatus({ cacheDirectory: join(folder, 'earlier') });
      expect(kinds[0]?.provisioned).toMatchObject({ tensorflowVersion: '2.21.0', damage: undefined, session: false });
      expect(kinds[0]?.advice).toBeUndefined();
      expect((await provisionTiny('earlier')).states).toContain('wheel finished');
      expect((await readManifest(directory))?.files).toHaveProperty([session]);
    });

    it('notices a damaged file, does not load it, and mends it', async () => {
      const directory = nativeDirectory(plan, join(folder, 'once'));
      const file = join(directory, 'tensorflow', libraries[1]);
      await mkdir(join(directory, 'nvidia'));
      const manifest = await readManifest(directory);
      if (manifest === undefined) throw new Error('no manifest');
      expect(await findDamage(directory, manifest, 'digests')).toBeUndefined();
      await cp(file, `${file}.copy`);
      await rm(file);
      await rename(`${file}.copy`, file);
      await appendFile(file, 'x');
      expect(await findDamage(directory, manifest, 'sizes')).toMatch(
        /libtensorflow_framework.so.2 has \d+ bytes, expected \d+/,
      );
      expect(JSON.parse((await runModule(load('once'))).stdout)).toMatchObject({
        loaded: false,
        reason: expect.stringMatching(/damaged/) as string,
      });
      const { result } = await provisionTiny('once');
      expect(result.alreadyThere).toBe(false);
      expect(await findDamage(directory, manifest, 'digests')).toBeUndefined();
      // CUDA libraries that the user added stay.
      expect(await readdir(directory)).toContain('nvidia');
    });

    it('goes on after a kill at any step, taking over what was finished', async () => {
      const order = ['packages', 'wheel', 'libraries', 'compile', 'verify', 'install'];
      const planFile = join(folder, 'plan.json');
      await writeFile(planFile, JSON.stringify(plan));
      const lock = `${nativeDirectory(plan, join(folder, 'killed'))}.lock`;
      for (const [i, killedAt] of order.entries()) {
        // The last kill comes before the move, the others in the middle of a step.
        const kill = killedAt === 'install' ? 'kill()' : 'setTimeout(kill, 20)';
        const { signal, stdout } = await runModule(
          `
        const { provision } = await import(here + 'provision-native-backend.ts');
        const { readFileSync, writeSync } = await import('node:fs');
        const plan = JSON.parse(readFileSync(${JSON.stringify(planFile)}, 'utf8'));
        const kill = () => process.kill(process.pid, 'SIGKILL');
        await provision(plan, { cacheDirectory: ${JSON.stringify(join(folder, 'killed'))}, onProgress: ({ step, state }) => {
          writeSync(1, step + ' ' + state + '\\n');
          if (step === '${killedAt}' && state === 'started') ${kill};
        } });`,
          pipEnvironment('good'),
        );
        expect(signal, killedAt).toBe('SIGKILL');
        const reused = stdout.split('\n').filter((line) => line.endsWith(' reused'));
        const expected = order.slice(0, Math.min(Math.max(i - 1, 0), 4)).map((step) => `${step} reused`);
        expect(reused.slice(0, expected.length), killedAt).toEqual(expected);
        // The lock of a killed process is waited out once, at the end.
        if (killedAt !== 'install') await rm(lock, { recursive: true });
      }
      const { result } = await provisionTiny('killed');
      expect((await readManifest(result.directory))?.files).toHaveProperty(['process-control.node']);
      expect(await readdir(dirname(result.directory))).toEqual([basename(result.directory)]);
    }, 240_000);

    it('refuses files with other checksums, and says which and from where', async () => {
      const [tfjsNode, headers] = plan.packages as [NativePlan['packages'][number], NativePlan['packages'][number]];
      const changed = { ...tfjsNode, integrity: headers.integrity };
      const npm = await failureOf(provisionTiny('checksums', { packages: [changed, headers] }));
      expect(npm).toMatchObject({ kind: 'backend', exitCode: 8 });
      expect(npm.message).toMatch(/@tensorflow\/tfjs-node 4\.22\.0 from the npm registry is not the file it should be/);
      const pip = await failureOf(provisionTiny('checksums', { wheel: { ...plan.wheel, sha256: '0'.repeat(64) } }));
      expect(pip.message).toMatch(
        /the wheel of tensorflow-cpu 2\.21\.0 is not the file it should be: expected sha256 0000/,
      );
      expect(pip.message).toContain(plan.wheel.sha256);
      const inside = { ...plan.wheel, ...(await makeWheel('lying', 'A'.repeat(43))) };
      const record = await failureOf(provisionTiny('checksums', { wheel: inside }, 'lying'));
      expect(record.message).toMatch(
        /wheel is broken: tensorflow\/libtensorflow_cc\.so\.2 does not have the checksum it lists/,
      );
    });

    it('says what npm, pip and the compiler said when they fail', async () => {
      const missing = { ...plan.packages[0], source: join(folder, 'missing.tgz') } as NativePlan['packages'][number];
      const npm = await failureOf(provisionTiny('failures', { packages: [missing] }));
      expect(npm.message).toMatch(
        /npm could not fetch .*missing\.tgz:\n[^]*ENOENT[^]*check the network and the registry/,
      );
      const pip = await failureOf(provisionTiny('failures', {}, 'nowhere'));
      expect(pip.message).toMatch(
        /pip could not download tensorflow-cpu 2\.21\.0[^]*check the network and the package index/,
      );
      const broken = await npmPackage('broken', { 'binding/tfjs_binding.cc': '#error "no good"' });
      const compiler = await failureOf(provisionTiny('failures', { packages: [broken, ...plan.packages.slice(1)] }));
      expect(compiler.message).toMatch(/could not compile the native binding:\n[^]*no good[^]*CXX/);
    });

    it('installs nothing that computes wrongly or crashes at exit', async () => {
      const wrong = await npmPackage('wrong', {
        'dist/index.js': tfjsNodeSource.replace(
          '{ ...kernel,',
          "{ ...(kernel.kernelName === 'BatchMatMul' ? tf.getKernel('Square', 'cpu') : kernel),",
        ),
      });
      const crash = await npmPackage('crash', {
        'dist/index.js': `${tfjsNodeSource}\nprocess.on('exit', () => process.abort());`,
      });
      for (const [tfjsNode, reason] of [
        [wrong, /does not work on this machine/],
        [crash, /it ended with SIGABRT/],
      ] as const) {
        const error = await failureOf(provisionTiny('verify', { packages: [tfjsNode, ...plan.packages.slice(1)] }));
        expect(error.message).toMatch(reason);
        expect(await readManifest(nativeDirectory(plan, join(folder, 'verify')))).toBeUndefined();
      }
    });

    it('names the missing tool and how to get it, before anything is fetched', async () => {
      const path = join(folder, 'path');
      await mkdir(path);
      const add = async (name: string): Promise<void> => {
        const { stdout } = await run('which', [name]);
        await symlink(stdout.trim(), join(path, name));
      };
      const whatIsMissing = async (): Promise<string> => {
        vi.stubEnv('PATH', path);
        const { message } = await failureOf(provisionTiny('tools'));
        vi.unstubAllEnvs();
        return message;
      };
      vi.stubEnv('CXX', '');
      vi.stubEnv('npm_execpath', '');
      expect(await whatIsMissing()).toMatch(/no C\+\+ compiler found[^]*apt-get install g\+\+/);
      await add('g++');
      expect(await whatIsMissing()).toMatch(/no Python found[^]*python3-pip/);
      await writeFile(join(path, 'python3'), '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.11.2\n', {
        mode: 0o755,
      });
      expect(await whatIsMissing()).toMatch(/Python 3\.11\.2 has no pip/);
    });

    it('says so when the cache cannot be written', async () => {
      await writeFile(join(folder, 'file'), '');
      const error = await failureOf(provisionTiny('file'));
      expect(error).toMatchObject({ kind: 'storage', exitCode: 6 });
      expect(error.message).toContain('RLLOOM_CACHE');
    });
  },
);
