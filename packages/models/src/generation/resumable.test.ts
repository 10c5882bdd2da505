import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { smallModel } from '../testing/small-model.ts';
import { generate } from './generate.ts';
import type { GenerateRequest } from './generation-request.ts';
import { continueSequences, startSequences } from './resumable.ts';

const requests = Array.from(
  { length: 6 },
  (_, i): GenerateRequest => ({
    promptTokens: Array.from({ length: 1 + i }, (_unused, t) => 1 + ((i + 3 * t) % 22)),
    seed: i,
    sampling: {
      temperature: i === 2 ? 0 : 1,
      topK: i === 4 ? 5 : 0,
      topP: 1,
      minP: 0,
      maxNewTokens: 6 + 5 * i,
      minNewTokens: 4,
      eosTokenIds: [0],
    },
  }),
);

describeBackends('continueSequences', () => {
  it.each(['never', 'always'] as const)(
    'halted and continued it draws the same tokens, compiled: %s',
    async (compiled) => {
      const model = smallModel();
      const whole = await generate(model, requests, { compiled, policyVersion: 3 });
      let passes = 0;
      const sequences = startSequences(model, requests, { currentVersion: () => 3 });
      for (let part = 0; sequences.some(({ stopReason }) => stopReason === undefined); part++) {
        passes = 0;
        // Before the first token, after one pass, after two, ...: never the same place.
        await continueSequences(model, sequences, { compiled, isHalted: () => passes++ >= part, maxBatchSize: 4 });
        expect(part).toBeLessThan(60);
      }
      for (const [i, sequence] of sequences.entries()) {
        const { logProbs, ...result } = sequence.result();
        expect(result.tokens).toEqual(whole[i]?.tokens);
        expect(result).toMatchObject({ stopReason: whole[i]?.stopReason, policyVersions: whole[i]?.policyVersions });
        logProbs.forEach((value, t) => expect(Math.abs(value - (whole[i]?.logProbs[t] as number))).toBeLessThan(2e-5));
      }
      model.dispose();
    },
  );

  it('tells each token which weights drew it, and frees what it holds when halted', async () => {
    const model = smallModel();
    let version = 1;
    const sequences = startSequences(model, requests, { currentVersion: () => version });
    await expectNoLeaks(async () => {
      let passes = 0;
      await continueSequences(model, sequences, { isHalted: () => passes++ > 3 });
    });
    const before = sequences.map(({ tokens }) => tokens.length);
    expect(Math.min(...before)).toBeGreaterThan(1);
    version = 2;
    await expectNoLeaks(() => continueSequences(model, sequences, { isHalted: () => false }));
    sequences.forEach((sequence, i) => {
      const { policyVersions } = sequence.result();
      expect([...policyVersions.slice(0, before[i])]).toEqual(new Array(before[i]).fill(1));
      expect(policyVersions.slice(before[i]).every((one) => one === 2)).toBe(true);
    });
    // All have ended: nothing is left to do.
    await continueSequences(model, sequences, { isHalted: () => false });
    model.dispose();
  });

  it('refuses what generate refuses, before anything is drawn', () => {
    const model = smallModel();
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 1000 };
    expect(() =>
      startSequences(model, [{ promptTokens: [1], seed: 0, sampling }], { currentVersion: () => 0 }),
    ).toThrow(/positions/);
    model.dispose();
  });
});
