import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { trackReads, unreadKeys } from '@rlloom/config';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTinyRun, type TinyRun } from '../testing/tiny-run.ts';
import { runConfig } from '../run-config.ts';
import { batchArithmetic } from './batch-arithmetic.ts';
import { loadRunConfig } from './load-run-config.ts';
import { openRunDirectory, runDirectory } from './run-directory.ts';
import { train } from './train.ts';

let tiny: TinyRun;
let previous: string;
beforeAll(async () => {
  tiny = await makeTinyRun();
  previous = process.cwd();
  process.chdir(tiny.directory);
});
afterAll(async () => {
  process.chdir(previous);
  await rm(tiny.directory, { recursive: true, force: true });
});

// Read by the command around a run (console, health rules, report), or by parts this run does not have.
const readElsewhere = [
  /^monitor\./,
  /^exp\.output_dir$/,
  /^rewards\.domains\./,
  /^environment\.(?!type$)/,
  /^data\.curriculum\./,
  /^rollout\.engine\.(?!name$)/,
  /^rollout\.(max_staleness|asynchronous\.|dynamic_sampling\.|buffer\.|custom_generation\.)/,
];

it('reads every key of the configuration: an option that nothing reads is a defect', async () => {
  const loaded = await loadRunConfig({
    configPath: 'config',
    configName: 'tiny',
    overrides: [
      'training_control.max_steps=2',
      'exp.name=tracked',
      'rewards.reward_clip={min: -1, max: 1}',
      'rewards.audit={file: rewards.audit}',
    ],
    workingDirectory: tiny.directory,
  });
  const { config, reads } = trackReads(loaded.config);
  batchArithmetic(config);
  const directory = runDirectory(join(tiny.directory, 'runs'), config.exp.name);
  await openRunDirectory(directory, 'new');
  const result = await train({
    config,
    directory,
    reporter: { name: 'silent' },
    signal: new AbortController().signal,
    resume: undefined,
    announce: () => undefined,
  });
  expect(result.status).toBe('finished');
  const unread = unreadKeys(runConfig, reads).filter((path) => !readElsewhere.some((pattern) => pattern.test(path)));
  expect(unread).toEqual([]);
}, 120_000);
