import { appendFile, cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { makeTinyRun, type TinyRun } from '../testing/tiny-run.ts';

let tiny: TinyRun;
beforeAll(async () => {
  tiny = await makeTinyRun();
});
afterAll(() => rm(tiny.directory, { recursive: true, force: true }));

const run = (...args: string[]) => runCommand(['train', ...tiny.config, ...args], { cwd: tiny.directory });

describe('rlloom train', () => {
  it('lists every wrong key with its place and the nearest right one, and makes no run folder (exit 2)', async () => {
    const { code, stderr } = await run('exp.name=wrong', 'rollout.group_sise=4', 'actor.optimizer.learning_rate=fast');
    expect(code).toBe(2);
    expect(stderr).toContain('rollout.group_sise');
    expect(stderr).toContain('rollout.group_size');
    expect(stderr).toContain('actor.optimizer.learning_rate');
    expect(await readdir(tiny.directory)).not.toContain('runs');
  });

  it('refuses keys without effect and contradictions (exit 2)', async () => {
    const dead = await run('exp.name=dead', 'algorithm.kl.placement=none');
    expect(dead.code).toBe(2);
    expect(dead.stderr).toContain('algorithm.kl.placement is "none"');
    const indivisible = await run('exp.name=indivisible', 'actor.mini_batch_size=7');
    expect(indivisible.code).toBe(2);
    expect(indivisible.stderr).toMatch(/4 prompts × 4 samples = 16 sequences cannot be split into mini-batches of 7/);
  });

  it('names every bad record by file, line and field (exit 3)', async () => {
    const file = join(tiny.directory, 'bad.jsonl');
    await cp(join(tiny.directory, 'train.jsonl'), file);
    await appendFile(file, '{"id":"x","tag":"sum"}\nnot json\n');
    const { code, stderr } = await run('exp.name=bad', 'data.train=[bad.jsonl]');
    expect(code).toBe(3);
    expect(stderr).toMatch(/bad\.jsonl:41.*messages/s);
    expect(stderr).toMatch(/bad\.jsonl:42/);
  });

  it('refuses tasks that no reward judges (exit 2)', async () => {
    const file = join(tiny.directory, 'other.jsonl');
    const text = await readFile(join(tiny.directory, 'train.jsonl'), 'utf8');
    await writeFile(file, text.replace('"tag":"sum"', '"tag":"poem"'));
    const { code, stderr } = await run('exp.name=unrouted', 'data.train=[other.jsonl]');
    expect(code).toBe(2);
    expect(stderr).toContain('poem');
  });

  it('refuses bfloat16 where the backend has none, before it loads anything (exit 2)', async () => {
    const { code, stderr } = await run('exp.name=half', 'backend.name=wasm', 'actor.dtype=bfloat16');
    expect(code).toBe(2);
    expect(stderr).toContain('the wasm backend does not compute in bfloat16');
    expect(stderr).toContain('actor.dtype');
  });

  it('names a missing model file (exit 4)', async () => {
    await cp(join(tiny.directory, 'model'), join(tiny.directory, 'broken'), { recursive: true });
    await rm(join(tiny.directory, 'broken', 'model.safetensors'));
    const { code, stderr } = await run('exp.name=missing', 'model.pretrain=broken');
    expect(code).toBe(4);
    expect(stderr).toContain('model.safetensors');
  });

  it('names a damaged checkpoint and the one to go back to (exit 5)', async () => {
    expect((await run('exp.name=damaged')).code).toBe(0);
    const checkpoints = join(tiny.directory, 'runs', 'damaged', 'checkpoints');
    const names = (await readdir(checkpoints)).sort();
    const newest = names.at(-1) ?? '';
    await truncate(join(checkpoints, newest, 'optimizer.safetensors'), 100);
    const { code, stderr } = await run('exp.name=damaged', '--resume');
    expect(code).toBe(5);
    expect(stderr).toContain(join(newest, 'optimizer.safetensors'));
    expect(stderr).toContain(`--resume ${names.at(-2)}`);
    const back = await runCommand(['train', ...tiny.config, 'exp.name=damaged', '--resume', names.at(-2) ?? ''], {
      cwd: tiny.directory,
    });
    expect(back.code, back.stderr).toBe(0);
  }, 120_000);

  it('does not write over a finished run, and does not resume one that is not there', async () => {
    const again = await run('exp.name=damaged');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('--overwrite');
    const nowhere = await run('exp.name=nowhere', '--resume');
    expect(nowhere.code).toBe(5);
    expect(nowhere.stderr).toContain('there is no run to resume');
  });

  it('says that the disk is full and keeps what was saved (exit 6)', async () => {
    const { code, stderr } = await run('exp.name=full', 'exp.output_dir=/dev/full/runs');
    expect(code).toBe(6);
    expect(stderr).toContain('/dev/full/runs');
  });

  it('goes on when a reward hangs or runs out of memory: the samples are marked, never 0', async () => {
    const module = join(tiny.directory, 'hungry.mjs');
    await writeFile(
      module,
      `export default {
  name: 'hungry',
  score(request) {
    if (request.task.difficulty === 2) { const all = []; for (;;) all.push(new Array(1e6).fill(Math.random())); }
    if (request.task.difficulty === 3) for (;;) {}
    return { verdict: 'correct', score: 1, parts: { hungry: 1 }, reasons: [] };
  },
};\n`,
    );
    const { code, stderr } = await run(
      'exp.name=hungry',
      'sft.max_steps=0',
      ...['train', 'batch_size', 'save_steps', 'optimizer'].map((key) => `~sft.${key}`),
      'training_control.max_steps=2',
      '~rewards.domains.sums.rewards.answer',
      '+rewards.domains.sums.rewards.hungry={type: module, module: hungry.mjs}',
      'rewards.timeout_ms=1500',
      'rewards.memory_limit_mb=64',
    );
    expect(code, stderr).toBe(0);
    const metrics = (await readFile(join(tiny.directory, 'runs', 'hungry', 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n');
    const first = JSON.parse(metrics[0] ?? '{}') as { metrics: Record<string, number> };
    expect(first.metrics['train/unverifiable_fraction']).toBeGreaterThan(0);
    expect(first.metrics['train/reward_mean']).toBe(1);
  }, 120_000);
});
