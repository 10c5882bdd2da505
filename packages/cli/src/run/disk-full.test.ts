import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { makeTinyRun, type TinyRun } from '../testing/tiny-run.ts';

let tiny: TinyRun;
let isMounted = false;
beforeAll(async () => {
  tiny = await makeTinyRun();
  const small = join(tiny.directory, 'small');
  await mkdir(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small], { stdio: 'ignore' });
    isMounted = true;
  } catch {
    isMounted = false;
  }
});
afterAll(async () => {
  if (isMounted) execFileSync('umount', [join(tiny.directory, 'small')]);
  await rm(tiny.directory, { recursive: true, force: true });
});

describe('a full disk', () => {
  it('ends the run with exit 6 and what to do; what was saved is intact, and --resume ends where a whole run ends', async (context) => {
    if (!isMounted) context.skip('a small file system cannot be mounted here (it takes root)');
    const train = (...args: string[]) => runCommand(['train', ...tiny.config, ...args], { cwd: tiny.directory });
    const whole = await train('exp.name=whole');
    expect(whole.code, whole.stderr).toBe(0);

    // Enough room to begin with; it is taken away once there is a checkpoint of the second stage.
    const run = join(tiny.directory, 'small', 'full');
    const filler = join(tiny.directory, 'small', 'filler');
    const full = await runCommand(['train', ...tiny.config, 'exp.output_dir=small', 'exp.name=full'], {
      cwd: tiny.directory,
      async whileRunning() {
        const giveUp = Date.now() + 50_000;
        while (!(await readFile(join(run, 'checkpoints', 'rlvr-000002', 'manifest.json')).catch(() => undefined))) {
          if (Date.now() > giveUp) throw new Error('no checkpoint came');
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        await writeFile(filler, new Uint8Array(4_000_000)).catch(() => undefined);
      },
    });
    expect(full.code, full.stderr).toBe(6);
    expect(full.stderr).toContain('the disk is full');
    expect(full.stderr).toContain('--resume');

    await rm(filler);
    await cp(run, join(tiny.directory, 'runs', 'full'), { recursive: true });
    const resumed = await train('exp.name=full', '--resume');
    expect(resumed.code, resumed.stderr).toBe(0);
    const weights = (name: string) => readFile(join(tiny.directory, 'runs', name, 'model', 'model.safetensors'));
    expect((await weights('full')).equals(await weights('whole'))).toBe(true);
  }, 180_000);
});
