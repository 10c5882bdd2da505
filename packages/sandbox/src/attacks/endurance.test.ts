import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createSandbox, probeSandbox } from '../create-sandbox.ts';

const { isolations } = await probeSandbox();
const bubblewrap = isolations.find(({ name }) => name === 'bubblewrap');
const runs = 5000;

describe.skipIf(!bubblewrap?.works)('thousands of runs', () => {
  it('leave no process, no zombie and no descriptor behind', { timeout: 1_200_000 }, async () => {
    const concurrency = Math.min(4, availableParallelism() + 1);
    const sandbox = await createSandbox({ isolation: 'bubblewrap', concurrency, limits: { wallMs: 60_000 } });
    // Every run leaves a child that nobody waits for, and a grandchild that would live on.
    const code =
      'import os\nif os.fork() == 0:\n  os.fork() == 0 and os.setsid()\n  os._exit(0)\nos.write(1, b"1\\n")\nos._exit(0)';
    let wrong = 0;
    let started = 0;
    const next = async (): Promise<void> => {
      while (started < runs) {
        started += 1;
        const { stdout } = await sandbox.run({ language: 'python', code });
        if (stdout !== '1\n') wrong += 1;
      }
    };
    const before = { descriptors: descriptors(), children: children() };
    await Promise.all(Array.from({ length: concurrency }, next));
    expect(wrong).toBe(0);
    expect(children()).toBeLessThanOrEqual(before.children);
    expect(descriptors()).toBeLessThanOrEqual(before.descriptors + 5);
    await sandbox.close();
  });
});

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Processes whose parent is this one, zombies included. */
function children(): number {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return Number(parent) === process.pid;
    } catch {
      return false;
    }
  }).length;
}
