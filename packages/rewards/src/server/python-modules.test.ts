import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRewardPool } from '../pool/reward-pool.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { createRewardServer } from './reward-server.ts';

const script = fileURLToPath(new URL('../testing/peer_rewards.py', import.meta.url));
const tokenizer = fileURLToPath(new URL('../../../../tools/fixtures/models/qwen2', import.meta.url));

/** A Python that has the peers; the modules themselves need any. */
const peerPython = process.env['RLLOOM_PEER_PYTHON'];

const can = (python: string | undefined, imports: string): boolean => {
  if (python === undefined) return false;
  try {
    execFileSync(python, ['-c', imports], { stdio: 'ignore', timeout: 120_000 });
    return true;
  } catch {
    return false;
  }
};

// Modules say `zip(strict=True)`: Python 3.10.
const python = ['python3', peerPython].find((each) => can(each, 'import sys; assert sys.version_info >= (3, 10)'));
const hasTrl = can(peerPython, 'from trl import GRPOTrainer');
const hasVerl = can(peerPython, 'from verl import DataProto');
if (python === undefined) process.stderr.write('skipped: the Python modules of rewards (no Python 3.10 or newer)\n');
if (!hasTrl || !hasVerl) {
  const missing = [...(hasTrl ? [] : ['trl']), ...(hasVerl ? [] : ['verl'])].join(' and ');
  process.stderr.write(`skipped: rewards inside ${missing} (RLLOOM_PEER_PYTHON names no Python that has it)\n`);
}

describe('the Python modules', () => {
  let close: () => Promise<void>;
  let url: string;

  beforeAll(async () => {
    const rewards = await createRewardPool(
      rewardsConfig.parse({
        workers: 1,
        domains: { math: { tags: ['math'], rewards: { answer: { type: 'math_rule' } } } },
      }),
    );
    const server = await createRewardServer({ rewards, defaultTag: 'math' });
    url = await server.listen({ port: 0 });
    close = async () => {
      await server.close();
      await rewards.close();
    };
  });
  afterAll(() => close());

  const run = async (which: string, interpreter: string): Promise<Record<string, unknown>> => {
    const { stdout } = await promisify(execFile)(interpreter, [script, which, url, tokenizer], { timeout: 180_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Record<string, unknown>;
  };

  it.runIf(python)(
    'hand rewards over in the form of each trainer, marked where they could not be verified',
    async () => {
      const answer = await run('plain', python as string);
      expect(answer).toMatchObject({
        slime: [1, 0, 0],
        slime_one: 1,
        removed: [false, false, true],
        trl: [1, 0, null],
        trl_conversations: [1, 0, null],
        verl: [
          { score: 1, acc: 1, unverifiable: 0 },
          { score: 0, acc: 0, unverifiable: 0 },
          { score: 0, acc: 0, unverifiable: 1 },
        ],
        raised: expect.stringContaining('could not verify') as string,
        refused: expect.stringContaining('422') as string,
      });
    },
  );

  it.runIf(hasTrl)("keep None in TRL's GRPOTrainer", { timeout: 200_000 }, async () => {
    expect(await run('trl', peerPython as string)).toEqual({ rewards: [1, 0, null], name: 'rlloom_math' });
  });

  it.runIf(hasVerl)("work in verl's reward managers and reward loop", { timeout: 200_000 }, async () => {
    expect(await run('verl', peerPython as string)).toMatchObject({
      naive: [1, 0, 0],
      extra: { score: [1, 0, 0], acc: [1, 0, 0], unverifiable: [0, 0, 1] },
      batch: [1, 0, 0],
      loop: [1, 0, 0],
    });
  });
});
