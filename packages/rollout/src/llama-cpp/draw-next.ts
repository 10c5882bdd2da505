import { type Sequence, sampleToken } from '@rlloom/models';
import { RlloomError, type SamplingParameters } from '@rlloom/spec';
import type { ControlledEvaluateIndexOutput, ControlledEvaluateInputItem } from 'node-llama-cpp';

type NextOptions = NonNullable<Exclude<ControlledEvaluateInputItem, number>[1]>['generateNext'];

/** What llama.cpp is asked for the next token, and how the token comes of it. */
export interface DrawPlan {
  /** For `controlledEvaluate`. */
  readonly ask: NonNullable<NextOptions>;
  /** Draws the token and adds it to the sequence. */
  take(next: ControlledEvaluateIndexOutput['next']): void;
}

/**
 * How the next token of a sequence is drawn. All logits come over while they are few, or where truncation needs them:
 * then the token is that of the local engine up to rounding. Of large vocabularies only what the draw takes comes over,
 * since all logits of 150,000 tokens cost 50 ms: the k most likely ones, or nothing but the token that llama.cpp draws itself.
 */
export function planDraw(sequence: Sequence, vocabularySize: number): DrawPlan {
  const { topK, topP, minP, temperature } = sequence.sampling;
  if (vocabularySize <= fewTokens) return drawOfAll(sequence, vocabularySize);
  if (temperature > 0 && topK > 0) return drawOfTop(sequence);
  if (temperature > 0 && (topP < 1 || minP > 0)) return drawOfAll(sequence, vocabularySize);
  return drawnByLlama(sequence);
}

const fewTokens = 1024;
const whole = { topK: 0, topP: 1, minP: 0 };

function drawOfAll(sequence: Sequence, vocabularySize: number): DrawPlan {
  const logits = new Float32Array(vocabularySize);
  const weights = new Float64Array(vocabularySize);
  return {
    ask: { logits: true, options: { ...whole, temperature: 0 } },
    take(next) {
      logits.fill(Number.NaN);
      for (const [token, logit] of next.logits ?? []) logits[token] = logit;
      sequence.extend(logits, weights);
    },
  };
}

function drawOfTop(sequence: Sequence): DrawPlan {
  const { sampling } = sequence;
  const among: SamplingParameters = { ...sampling, temperature: 1, topK: 0 };
  return {
    ask: {
      logits: { filter: { tokens: [], includeTop: sampling.topK } },
      totalLogitWeight: true,
      options: { ...whole, temperature: sampling.temperature, seed: 1 },
    },
    take(next) {
      const { tokens, logits, logTotal } = readLogits(next);
      const { token: place, samplingLogProb } = sampleToken(logits, among, () => nextNumber(sequence));
      const logProb = (logits[place] as number) - (logits[0] as number) - logTotal;
      sequence.accept({ token: tokens[place] as number, logProb, samplingLogProb });
    },
  };
}

function drawnByLlama(sequence: Sequence): DrawPlan {
  const { temperature } = sequence.sampling;
  return {
    get ask() {
      return {
        token: true,
        logits: { filter: { tokens: [], includeTop: 1, includeSelected: true } },
        totalLogitWeight: true,
        options: { ...whole, temperature, ...(temperature > 0 && { seed: seedOf(nextNumber(sequence)) }) },
      };
    },
    take(next) {
      const { tokens, logits, logTotal } = readLogits(next);
      const token = next.token as number;
      const logProb = (logits[tokens.indexOf(token)] as number) - (logits[0] as number) - logTotal;
      sequence.accept({ token, logProb, samplingLogProb: temperature > 0 ? logProb : 0 });
    },
  };
}

/** The logits that came, the largest first, and `log Σ exp(z − z₀)` of all. */
function readLogits({
  logits: given = new Map(),
  totalLogitWeight = Number.NaN,
}: ControlledEvaluateIndexOutput['next']): {
  readonly tokens: readonly number[];
  readonly logits: readonly number[];
  readonly logTotal: number;
} {
  const entries = [...(given ?? [])].sort(([, a], [, b]) => b - a);
  const logTotal = Math.log(totalLogitWeight);
  if (Number.isFinite(logTotal)) {
    return { tokens: entries.map(([token]) => token), logits: entries.map(([, logit]) => logit), logTotal };
  }
  throw new RlloomError('health', {
    what: 'llama.cpp gives logits that are NaN or infinite',
    where: 'generation',
    fix: 'the weights are damaged or training diverged: go back to a checkpoint and lower the learning rate',
  });
}

function nextNumber(sequence: Sequence): number {
  return sequence.upcoming(1)[0] as number;
}

// The largest 32-bit number stands for a seed of the clock.
function seedOf(number: number): number {
  return Math.min(Math.floor(number * 2 ** 32), 2 ** 32 - 2);
}
