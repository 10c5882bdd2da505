import { describe, expect, it } from 'vitest';
import type { GenerationResult } from '../engine.ts';
import type { Environment } from '../environment.ts';
import type { Task } from '../task.ts';

/**
 * Conformance suite of `Environment`: episodes start with tokens, are independent of one another, end, and
 * close twice without harm.
 *
 * @param name shown in the test report
 * @param make builds the environment and a task it can run
 * @param maxTurns turns after which an episode must have ended. Default 32
 */
export function testEnvironment(
  name: string,
  make: () => { readonly environment: Environment; readonly task: Task },
  maxTurns = 32,
): void {
  describe(`Environment conformance: ${name}`, () => {
    const generation: GenerationResult = {
      tokens: Int32Array.of(1),
      logProbs: Float32Array.of(-1),
      samplingLogProbs: Float32Array.of(-1),
      policyVersions: Int32Array.of(0),
      stopReason: 'eos',
    };

    it('starts with at least one token, the same for the same seed', async () => {
      const { environment, task } = make();
      const context = { sampleIndex: 0, seed: 1 };
      const first = await environment.createEpisode(task, context).start();
      const second = await environment.createEpisode(task, context).start();
      expect(first.length).toBeGreaterThan(0);
      expect([...second]).toEqual([...first]);
      await environment.close?.();
    });

    it('ends within the bound and closes twice', async () => {
      const { environment, task } = make();
      const episode = environment.createEpisode(task, { sampleIndex: 0, seed: 1 });
      await episode.start();
      let done = false;
      for (let turn = 0; turn < maxTurns && !done; turn++) {
        done = (await episode.step(generation)).done;
      }
      expect(done).toBe(true);
      await episode.close?.();
      await episode.close?.();
      await environment.close?.();
      await environment.close?.();
    });
  });
}
