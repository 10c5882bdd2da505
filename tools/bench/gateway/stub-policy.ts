import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutEngine, Tokenizer } from '@rlloom/spec';

/** A policy that says the same after the same time, as a server engine would. */
export function stubPolicy(tokenizer: Tokenizer, milliseconds: number): RolloutEngine {
  const said = tokenizer.encode('The next step is to look at what the last one gave, and go on from there.');
  const tokens = Int32Array.from([...said, tokenizer.eosTokenIds[0]!]);
  const none = async (): Promise<void> => undefined;
  return {
    capabilities: {
      ...{ name: 'stub', logProbs: 'exact', weightUpdate: 'none' },
      ...{ maxSequenceLength: 32_768, seeded: true, stopStrings: true },
    },
    async generate(requests) {
      await delay(milliseconds);
      return requests.map(() => ({
        tokens: tokens.slice(),
        logProbs: new Float32Array(tokens.length).fill(-0.5),
        samplingLogProbs: new Float32Array(tokens.length).fill(-0.5),
        policyVersions: new Int32Array(tokens.length),
        stopReason: 'eos' as const,
      }));
    },
    ...{ updateWeights: none, pause: none, resume: none, close: none },
  };
}
