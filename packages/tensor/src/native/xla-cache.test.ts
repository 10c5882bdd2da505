import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testBackends } from '../testing/describe-backends.ts';
import { cacheRoot } from './native-directory.ts';
import { openXlaCache, type XlaCache } from './xla-cache.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rlloom-xla-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = () => openXlaCache({ root, threads: 2 }) as XlaCache;
const write = (cache: XlaCache, name: string) => writeFile(join(cache.directory, name), name);

describe('openXlaCache', () => {
  it('gives later processes what has run, and no file that may be unfinished', async () => {
    const [first, other] = [open(), open()];
    await expect(
      first.during(async () => {
        await write(first, 'failed.pb');
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    expect(await readdir(open().directory)).toEqual([]);
    let finish = (): void => undefined;
    const unfinished = first.during(() => new Promise<void>((resolve) => (finish = resolve)));
    await first.during(() => write(first, 'a.pb'));
    expect(await readdir(open().directory)).toEqual([]);
    finish();
    await unfinished;
    await first.during(() => write(first, 'b.pb'));
    await other.during(() => write(other, 'a.pb'));
    expect(await readdir(open().directory)).toEqual(['a.pb', 'b.pb', 'failed.pb']);
  });

  it('is apart for another number of threads', async () => {
    const cache = open();
    await cache.during(() => write(cache, 'a.pb'));
    expect(await readdir((openXlaCache({ root, threads: 3 }) as XlaCache).directory)).toEqual([]);
  });

  it('removes its own directory, and those of processes that are gone', async () => {
    const cache = open();
    const shared = join(cache.directory, '..');
    cache.close();
    // No process has so high a number.
    const abandoned = join(shared, 'process-2147483646-x');
    await mkdir(abandoned);
    const next = open();
    expect(await readdir(shared)).toEqual([next.directory.slice(shared.length + 1)]);
  });

  it('does without where the disk does not take it', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    expect(openXlaCache({ root: file })).toBeUndefined();
  });
});

describe.runIf(testBackends.includes('tfjs-node'))('programs compiled with XLA (tfjs-node)', () => {
  it('are taken from the disk by the next process, with the same numbers', async () => {
    const script = join(root, 'script.mts');
    const entry = fileURLToPath(new URL('../index.ts', import.meta.url));
    await writeFile(
      script,
      `import { compile, selectBackend, tf } from ${JSON.stringify(entry)};
      await selectBackend({ backend: 'tfjs-node', threads: 1 });
      const f = compile(({ x }: { x: tf.Tensor }) => ({ y: tf.softmax(tf.matMul(tf.tanh(x as tf.Tensor2D), x as tf.Tensor2D)) }), { xla: true });
      const { y } = await f({ x: tf.tensor2d([[1, 2], [3, 4]]) });
      console.log([...(await y.data())].join());`,
    );
    const { TF_XLA_FLAGS: _, ...environment } = process.env;
    await symlink(join(cacheRoot(), 'native'), join(root, 'native'));
    const run = async () => {
      const options = {
        env: { ...environment, RLLOOM_CACHE: root },
        cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
      };
      const { stdout, stderr } = await promisify(execFile)(
        'npx',
        ['tsx', '--conditions=@rlloom/source', script],
        options,
      );
      return { stdout, noise: stderr.split('\n').filter((line) => /tensorflow|xla|cpu_aot/i.test(line)) };
    };
    const kept = async () => {
      const names = await readdir(join(root, 'xla'), { recursive: true });
      return names.filter((name) => name.endsWith('.pb'));
    };
    const first = await run();
    const files = await kept();
    expect(files).toHaveLength(1);
    const second = await run();
    expect(await kept()).toEqual(files);
    expect(second).toEqual(first);
    expect(second.noise).toEqual([]);
    expect(second.stdout).not.toBe('');
  });
});
