import type { tf } from '../tf.ts';

let wanted: ReadonlySet<number> | undefined;

/** Runs `compute`, a gradient that is needed only for inputs of these ids. */
export function wanting<Result>(ids: ReadonlySet<number>, compute: () => Result): Result {
  const before = wanted;
  wanted = ids;
  try {
    return compute();
  } finally {
    wanted = before;
  }
}

/** Whether the gradient that is being computed is needed for that input. Where nobody said, it is. */
export function isWanted({ id }: tf.Tensor): boolean {
  return wanted?.has(id) ?? true;
}
