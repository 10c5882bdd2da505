import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createRewardPool } from '../pool/reward-pool.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { group, task } from '../testing/requests.ts';

const baseDirectory = fileURLToPath(new URL('../testing', import.meta.url));

it('loads in a thread only what its domains use: no tfjs, no schemas, no servers, no other kinds', async () => {
  const config = rewardsConfig.parse({
    workers: 1,
    domains: {
      own: {
        tags: ['own'],
        rewards: {
          answer: { type: 'math_rule' },
          shape: { type: 'format', options: { checks: [{ check: 'boxed' }] } },
          own: { type: 'module', module: './loaded-scripts-reward.mjs' },
        },
      },
    },
  });
  const pool = await createRewardPool(config, { baseDirectory });
  const [scored] = await pool.score([group(task('own', '24'), ['\\boxed{24}'])]);
  await pool.close();
  const scripts = Object.keys(scored?.results[0]?.parts ?? {});
  // What must be there, to know that the list is one.
  for (const part of ['worker/worker.js', 'math/math-rule.js', 'format/format-reward.js']) {
    expect(scripts.filter((url) => url.endsWith(part))).toHaveLength(1);
  }
  const heavy =
    /@tensorflow|tfjs|@rlloom\/(tensor|core|models)|packages\/(tensor|core|models)\/|\/zod\/|fastify|undici|quickjs/;
  expect(scripts.filter((url) => heavy.test(url))).toEqual([]);
  const otherKinds =
    /dist\/(text|vision|verl|instructions|shaping|server)\/|dist\/judge\/(model-eval|pairwise-judge)\./;
  expect(scripts.filter((url) => otherKinds.test(url))).toEqual([]);
});
