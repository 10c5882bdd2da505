import { describe, expect, it } from 'vitest';
import { smallConfig } from '../testing/small-model.ts';
import { checkRequests } from './check-requests.ts';

const config = smallConfig({
  model_type: 'phi3',
  rope_scaling: { type: 'longrope', short_factor: [1, 1], long_factor: [2, 4] },
  original_max_position_embeddings: 10,
});
const check = (length: number, maxNewTokens: number) => () =>
  checkRequests(config, [
    {
      promptTokens: new Array<number>(length).fill(1),
      seed: 0,
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, maxNewTokens },
    },
  ]);

describe('checkRequests', () => {
  it('keeps a generation on one side of the length where rotary frequencies change', () => {
    expect(check(8, 2)).not.toThrow();
    expect(check(11, 20)).not.toThrow();
    expect(check(8, 3)).toThrow(/8 prompt tokens and 3 new ones cross the 10 .*lower the token budget to 2/s);
    expect(check(10, 1)).toThrow(/cross the 10/);
  });
});
