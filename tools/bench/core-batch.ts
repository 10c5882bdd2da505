// B = sequences, T = tokens of a row. core-peer.py makes the same arrays from the same formulas.

/** The batch every function is timed on: rows of 32-bit floats, masks of bytes. */
export interface CoreBatch {
  /** 1 on trained tokens: responses of 50 to 100 % of T, every 512 tokens a gap of 64, as of a tool's answer. */
  readonly mask: Uint8Array[];
  /** A reward on the last trained token. */
  readonly tokenRewards: Float32Array[];
  readonly processRewards: Float32Array[];
  readonly values: Float32Array[];
  /** Under the policy that sampled. */
  readonly logProbs: Float32Array[];
  /** Under the trainer, up to 0.1 nats away. */
  readonly trainerLogProbs: Float32Array[];
  readonly referenceLogProbs: Float32Array[];
  readonly squaredProbabilitySums: Float32Array[];
  readonly turnIds: Int32Array[];
  readonly versions: Int32Array[];
  /** Of each sequence, `[B]`. */
  readonly rewards: number[];
  readonly greedyRewards: number[];
  /** Eight sequences each, `[B]`. */
  readonly groups: number[];
}

/** Shape of the batch. */
export const coreShape = { sequences: 1024, tokens: 4096 } as const;

/** Makes the batch. */
export function coreBatch({ sequences, tokens }: { sequences: number; tokens: number } = coreShape): CoreBatch {
  const bySequence = <Value>(value: (sequence: number) => Value): Value[] =>
    Array.from({ length: sequences }, (_, sequence) => value(sequence));
  const spread = (seed: number, token: number): number => ((token * seed) % 1009) / 1009;
  const floats = (value: (place: number) => number): Float32Array[] =>
    bySequence((sequence) => Float32Array.from({ length: tokens }, (_, token) => value(sequence * tokens + token)));
  const lengths = bySequence((sequence) => tokens / 2 + ((sequence * 389) % (tokens / 2 + 1)));
  const mask = bySequence((sequence) =>
    Uint8Array.from({ length: tokens }, (_, token) => (token < (lengths[sequence] ?? 0) && token % 512 >= 64 ? 1 : 0)),
  );
  const rewards = bySequence((sequence) => ((sequence * 7) % 13) / 13);
  return {
    mask,
    tokenRewards: mask.map((row, sequence) => {
      const tokenRewards = new Float32Array(tokens);
      tokenRewards[row.lastIndexOf(1)] = rewards[sequence] ?? 0;
      return tokenRewards;
    }),
    processRewards: floats((place) => 0.1 * spread(7919, place)),
    values: floats((place) => spread(104729, place) - 0.5),
    logProbs: floats((place) => -2 * spread(7919, place)),
    trainerLogProbs: floats((place) => -2 * spread(7919, place) + 0.2 * (spread(15487, place) - 0.5)),
    referenceLogProbs: floats((place) => -2 * spread(7919, place) + 0.4 * (spread(3571, place) - 0.5)),
    squaredProbabilitySums: floats((place) => 0.5 * spread(6007, place)),
    turnIds: mask.map((row) => Int32Array.from(row, (_, token) => Math.floor(token / 512))),
    versions: bySequence((sequence) =>
      Int32Array.from({ length: tokens }, (_, token) => Math.floor(4 * spread(6007, sequence * tokens + token))),
    ),
    rewards,
    greedyRewards: bySequence((sequence) => ((sequence * 5) % 11) / 11),
    groups: bySequence((sequence) => Math.floor(sequence / 8)),
  };
}
