import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `distillationAdvantages`. B = sequences, T = tokens; rows may differ in length. */
export interface DistillationAdvantageInputs {
  /** Log-probs of the sampled tokens under the teacher. `[B,T]` */
  readonly teacherLogProbs: TokenRows;
  /** Log-probs of the same tokens under the student that sampled them. `[B,T]` */
  readonly studentLogProbs: TokenRows;
  /** `[B,T]`, not 0 on trained tokens. */
  readonly mask: TokenRows;
}

/**
 * Advantages of on-policy distillation: `A_it = log π_teacher(t) − log π_student(t)` on trained tokens, 0 elsewhere,
 * constants for the gradient. With a policy-gradient loss the student goes down the reverse KL to the teacher, on its
 * own samples, with a signal at every token. No baseline, no group.
 *
 * On-policy distillation (OPD) of prime-rl (there inside the loss), ROLL, slime and NeMo-RL; reverse KL on own samples:
 * GKD, arXiv:2306.13649. To mix it with task rewards, add the advantages of both.
 *
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @throws RangeError when the difference at a trained token is not finite
 * @example
 * ```ts
 * distillationAdvantages({ teacherLogProbs: [[-1, -2]], studentLogProbs: [[-3, -1]], mask: [[1, 0]] }); // => [[2, 0]]
 * ```
 */
export function distillationAdvantages(inputs: DistillationAdvantageInputs): Float64Array[] {
  const { teacherLogProbs, studentLogProbs, mask } = inputs;
  checkSameRows('distillationAdvantages', { teacherLogProbs, studentLogProbs, mask });
  return mask.map((weights, sequence) => {
    const teacher = teacherLogProbs[sequence] ?? [];
    const student = studentLogProbs[sequence] ?? [];
    const advantages = new Float64Array(weights.length);
    for (let token = 0; token < weights.length; token += 1) {
      if (weights[token] === 0) continue;
      const difference = (teacher[token] as number) - (student[token] as number);
      if (!Number.isFinite(difference)) {
        throw new RangeError(
          `distillationAdvantages: log-probs of trained tokens must be finite, given ${teacher[token]} and ` +
            `${student[token]} at token ${token} of sequence ${sequence}`,
        );
      }
      advantages[token] = difference;
    }
    return advantages;
  });
}
