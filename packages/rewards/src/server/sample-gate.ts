/** Counts the samples that are being scored, and refuses more than it holds. */
export interface SampleGate {
  readonly inside: number;
  /**
   * Runs `work` with `count` samples inside.
   *
   * @throws an error with `statusCode` 429 when there is no room; a request larger than the whole gate gets in alone
   */
  run<Result>(count: number, work: () => Promise<Result>): Promise<Result>;
}

/** A gate for `most` samples. */
export function createSampleGate(most: number): SampleGate {
  let inside = 0;
  return {
    get inside() {
      return inside;
    },
    async run(count, work) {
      if (inside > 0 && inside + count > most) throw new GateIsFull(inside, most);
      inside += count;
      try {
        return await work();
      } finally {
        inside -= count;
      }
    },
  };
}

class GateIsFull extends Error {
  readonly statusCode = 429;
  constructor(inside: number, most: number) {
    super(`${inside} samples are being scored and ${most} may be: send again later`);
  }
}
