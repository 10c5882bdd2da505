import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../testing/small-model.ts';
import { type LogitsProcessor, processLogits, softmax } from './logits-processors.ts';

type Row = readonly (number | 'Infinity' | '-Infinity' | 'NaN')[];
interface Case {
  readonly id: string;
  readonly inputs: { readonly scores: readonly Row[]; readonly input_ids: readonly (readonly number[])[] };
  readonly params: { readonly chain: readonly (readonly [string, Readonly<Record<string, number>>])[] };
  readonly expected_f64: { readonly scores: readonly Row[]; readonly probs: readonly Row[] };
}

const { cases } = JSON.parse(readFileSync(fixturePath('algos/logits_processors.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

const fromPeer: Readonly<Record<string, (p: Readonly<Record<string, number>>) => LogitsProcessor>> = {
  TemperatureLogitsWarper: (p) => ({ kind: 'temperature', temperature: p['temperature'] as number }),
  TopKLogitsWarper: (p) => ({ kind: 'topK', topK: p['top_k'] as number }),
  TopPLogitsWarper: (p) => ({ kind: 'topP', topP: p['top_p'] as number }),
  MinPLogitsWarper: (p) => ({ kind: 'minP', minP: p['min_p'] as number }),
  TypicalLogitsWarper: (p) => ({ kind: 'typical', mass: p['mass'] as number }),
  EpsilonLogitsWarper: (p) => ({ kind: 'epsilon', epsilon: p['epsilon'] as number }),
  RepetitionPenaltyLogitsProcessor: (p) => ({ kind: 'repetitionPenalty', penalty: p['penalty'] as number }),
  NoRepeatNGramLogitsProcessor: (p) => ({ kind: 'noRepeatNgram', size: p['ngram_size'] as number }),
  MinNewTokensLengthLogitsProcessor: (p) => ({
    kind: 'minNewTokens',
    promptLength: p['prompt_length_to_skip'] as number,
    minNewTokens: p['min_new_tokens'] as number,
    eosTokenIds: [p['eos_token_id'] as number],
  }),
  SuppressTokensLogitsProcessor: (p) => ({
    kind: 'suppressTokens',
    tokens: p['suppress_tokens'] as unknown as number[],
  }),
};

describe('processLogits', () => {
  it("has the peer's cases", () => expect(cases).toHaveLength(28));

  it.each(cases.map((entry) => [entry.id, entry] as const))('%s', (_, entry) => {
    const chain = entry.params.chain.map(([name, params]) =>
      (fromPeer[name] as (p: typeof params) => LogitsProcessor)(params),
    );
    entry.inputs.scores.forEach((scores, row) => {
      const processed = processLogits(scores.map(Number), chain, entry.inputs.input_ids[row]);
      const expected = (entry.expected_f64.scores[row] as Row).map(Number);
      expect([...processed].map((score) => score === Number.NEGATIVE_INFINITY)).toEqual(
        expected.map((score) => score === Number.NEGATIVE_INFINITY),
      );
      expected.forEach((score, i) => {
        if (Number.isFinite(score)) expect(processed[i]).toBeCloseTo(score, 9);
      });
      (entry.expected_f64.probs[row] as Row).forEach((probability, i) =>
        expect(softmax(processed)[i]).toBeCloseTo(Number(probability), 9),
      );
    });
  });

  it('keeps all of the most likely tokens by epsilon and min-p, and as many as needed by top-p', () => {
    const flat = [2, 2, 0, 2];
    expect([...processLogits(flat, [{ kind: 'epsilon', epsilon: 0.5 }])]).toEqual([2, 2, Number.NEGATIVE_INFINITY, 2]);
    expect([...processLogits(flat, [{ kind: 'minP', minP: 1 }])]).toEqual([2, 2, Number.NEGATIVE_INFINITY, 2]);
    expect(processLogits(flat, [{ kind: 'topP', topP: 1e-6 }]).filter(Number.isFinite)).toHaveLength(1);
    expect(processLogits([1, 1, 1], [{ kind: 'topP', topP: 0 }]).filter(Number.isFinite)).toHaveLength(1);
  });

  const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 });
  const kept = (scores: Float64Array) => [...scores.keys()].filter((i) => scores[i] !== Number.NEGATIVE_INFINITY);

  it('keeps the most likely token and changes no score that it keeps', () => {
    const truncation = fc.oneof(
      fc.integer({ min: 1, max: 15 }).map((topK): LogitsProcessor => ({ kind: 'topK', topK })),
      fc.double({ min: 1e-9, max: 1, noNaN: true }).map((topP): LogitsProcessor => ({ kind: 'topP', topP })),
      fc.double({ min: 0, max: 1, noNaN: true }).map((minP): LogitsProcessor => ({ kind: 'minP', minP })),
      fc
        .double({ min: 0.01, max: 0.99, noNaN: true })
        .map((epsilon): LogitsProcessor => ({ kind: 'epsilon', epsilon })),
    );
    fc.assert(
      fc.property(logits, fc.array(truncation, { maxLength: 3 }), (scores, processors) => {
        const processed = processLogits(scores, processors);
        const best = Math.max(...scores);
        expect(Math.max(...processed) === best).toBe(true);
        for (const i of kept(processed)) expect(processed[i]).toBe(scores[i]);
      }),
    );
  });

  it('top-p keeps the smallest set that reaches p', () => {
    // Probabilities 0.5, 0.3, 0.2.
    const scores = [0.2, 0.5, 0.3].map(Math.log);
    for (const [topP, expected] of [
      [0.4, [1]],
      [0.6, [1, 2]],
      [0.79, [1, 2]],
      [0.9, [0, 1, 2]],
      [1, [0, 1, 2]],
    ] as const) {
      expect(kept(processLogits(scores, [{ kind: 'topP', topP }])), `p = ${topP}`).toEqual(expected);
    }
    fc.assert(
      fc.property(logits, fc.double({ min: 0.01, max: 0.999, noNaN: true }), (values, topP) => {
        const probabilities = softmax(Float64Array.from(values));
        const stays = kept(processLogits(values, [{ kind: 'topP', topP }]));
        const mass = stays.reduce((sum, i) => sum + (probabilities[i] as number), 0);
        const least = Math.min(...stays.map((i) => probabilities[i] as number));
        expect(mass).toBeGreaterThan(topP - 1e-9);
        if (stays.length > 1) expect(mass - least).toBeLessThan(topP + 1e-9);
      }),
    );
  });

  it('keeps ties with the k-th token, as transformers does', () => {
    expect([...processLogits([2, 1, 2, 1], [{ kind: 'topK', topK: 1 }])]).toEqual([
      2,
      Number.NEGATIVE_INFINITY,
      2,
      Number.NEGATIVE_INFINITY,
    ]);
    expect([...processLogits([2, 1], [{ kind: 'topK', topK: 9 }])]).toEqual([2, 1]);
  });

  it('looks back: a repeated run, an early end, a repeated token', () => {
    const out = Number.NEGATIVE_INFINITY;
    expect([...processLogits([1, 1, 1], [{ kind: 'noRepeatNgram', size: 2 }], [0, 1, 2, 0])]).toEqual([1, out, 1]);
    expect([...processLogits([1, 1], [{ kind: 'noRepeatNgram', size: 1 }], [1])]).toEqual([1, out]);
    expect([...processLogits([1, 1], [{ kind: 'noRepeatNgram', size: 4 }], [1])]).toEqual([1, 1]);
    const early = { kind: 'minNewTokens', promptLength: 2, minNewTokens: 1, eosTokenIds: [0] } as const;
    expect([...processLogits([1, 1], [early], [5, 6])]).toEqual([out, 1]);
    expect([...processLogits([1, 1], [early], [5, 6, 7])]).toEqual([1, 1]);
    expect([...processLogits([4, -4, 4], [{ kind: 'repetitionPenalty', penalty: 2 }], [0, 0, 1])]).toEqual([2, -8, 4]);
  });

  it('takes a vocabulary of one token', () => {
    for (const processor of [
      { kind: 'topK', topK: 1 },
      { kind: 'topP', topP: 0.1 },
      { kind: 'minP', minP: 1 },
      { kind: 'typical', mass: 0.5 },
    ] as const) {
      expect([...processLogits([-3], [processor])]).toEqual([-3]);
    }
  });
});
