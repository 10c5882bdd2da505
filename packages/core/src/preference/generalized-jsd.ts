import { tf } from '@rlloom/tensor';
import { type LogitsOptions, mapLogitRows } from '../losses/map-logit-rows.ts';
import { distribution } from '../losses/entropy-from-logits.ts';
import { ShapeError } from '../shape-error.ts';
import { checkSameShape } from '../tensors/check-shape.ts';
import { logSigmoid } from './log-sigmoid.ts';

/** Options of `generalizedJsd`. */
export interface GeneralizedJsdOptions extends LogitsOptions {
  /** β, the teacher's share of the mixture, from 0 to 1. Default 0.5. */
  readonly beta?: number;
}

/**
 * The divergence of a student from a teacher over the whole vocabulary, per token, in nats. With the mixture
 * `m = β·p_teacher + (1−β)·p_student`:
 *
 * | β | value |
 * | --- | --- |
 * | 0 | `KL(p_teacher ‖ p_student)`, forward: the student covers all the teacher does |
 * | between | `β·KL(p_teacher ‖ m) + (1−β)·KL(p_student ‖ m)`, at most `−β·log β − (1−β)·log(1−β)` |
 * | 1 | `KL(p_student ‖ p_teacher)`, reverse: the student keeps to what the teacher prefers |
 *
 * The ends are defined, not limits: towards 0 and 1 the value between goes to 0. Works on a chunk of rows at a time and
 * keeps the two logits for the backward pass. Where a distribution has probability 0 (a logit of −Infinity) a token
 * adds 0 for it. Logits are divided by the temperature; the result is not multiplied by its square.
 *
 * GKD, arXiv:2306.13649.
 *
 * @param studentLogits `[...,V]`; carries the gradient
 * @param teacherLogits same shape, a constant
 * @returns `[...]`; a row whose value is not used may hold anything
 * @throws ShapeError when shapes differ
 * @throws RangeError for a β outside [0, 1], or a temperature that is not positive
 * @example
 * ```ts
 * const [student, teacher] = [tf.tensor2d([[0, Math.log(3)]]), tf.tensor2d([[0, 0]])];
 * await generalizedJsd(student, teacher, { beta: 0 }).data(); // => Float32Array [0.1438]
 * await generalizedJsd(student, teacher, { beta: 1 }).data(); // => Float32Array [0.1308]
 * await generalizedJsd(student, teacher).data(); // => Float32Array [0.0338]
 * ```
 */
export function generalizedJsd(
  studentLogits: tf.Tensor,
  teacherLogits: tf.Tensor,
  options: GeneralizedJsdOptions = {},
): tf.Tensor {
  const { beta = 0.5, temperature = 1 } = options;
  if (studentLogits.rank < 1) {
    throw new ShapeError('generalizedJsd', 'studentLogits [...,V]', { studentLogits: studentLogits.shape });
  }
  checkSameShape('generalizedJsd', { studentLogits, teacherLogits });
  if (!(beta >= 0 && beta <= 1)) throw new RangeError(`generalizedJsd: beta must be from 0 to 1, given ${beta}`);
  const sidesOf = (student: tf.Tensor, [teacher]: readonly tf.Tensor[]): Sides => ({
    student: distribution(student),
    teacher: distribution(tf.div(teacher as tf.Tensor, temperature)),
    beta,
  });
  return tf.tidy(() => {
    const given = { caller: 'generalizedJsd', logits: studentLogits, constants: [teacherLogits] };
    const perRow = mapLogitRows(given, options, {
      value: (chunk, constants) => tf.tidy(() => tf.sum(divergenceTerms(sidesOf(chunk, constants)), -1)),
      gradient: (chunk, constants, upstream) =>
        tf.tidy(() => {
          const slopes = tf.expandDims(upstream, 1);
          const product = tf.mul(slopes, divergenceSlopes(sidesOf(chunk, constants)));
          // A row without a gradient may hold NaN.
          return tf.where(tf.notEqual(slopes, 0), product, tf.zerosLike(product));
        }),
    });
    return tf.reshape(perRow, studentLogits.shape.slice(0, -1));
  });
}

interface Sides {
  readonly student: ReturnType<typeof distribution>;
  readonly teacher: ReturnType<typeof distribution>;
  readonly beta: number;
}

/** What each token of the vocabulary adds, `[C,V]`. */
function divergenceTerms(sides: Sides): tf.Tensor {
  const { student, teacher, beta } = sides;
  const ofStudent = () => weighted(student.probabilities, studentLogRatios(sides));
  if (beta === 0) return weighted(teacher.probabilities, tf.sub(teacher.logProbs, student.logProbs));
  if (beta === 1) return ofStudent();
  // log(p_teacher / m), as −log β − log(1 + e^x)
  const ofTeacher = weighted(teacher.probabilities, tf.sub(logSigmoid(tf.neg(scaledLogRatio(sides))), Math.log(beta)));
  return tf.add(tf.mul(ofTeacher, beta), tf.mul(ofStudent(), 1 - beta));
}

/**
 * The gradient for the logits, `[C,V]`. Of the mixture only the student's own term is left, the slopes of m cancel:
 * with `u = log(p_student / m)` it is `(1−β)·p_student·(u − Σ p_student·u)`.
 */
function divergenceSlopes(sides: Sides): tf.Tensor {
  const { student, teacher, beta } = sides;
  if (beta === 0) return tf.sub(student.probabilities, teacher.probabilities);
  const terms = weighted(student.probabilities, studentLogRatios(sides));
  const slopes = tf.sub(terms, tf.mul(student.probabilities, tf.sum(terms, -1, true)));
  return beta === 1 ? slopes : tf.mul(slopes, 1 - beta);
}

/** `log(p_student / p_teacher)` for β = 1, else `log(p_student / m)`. */
function studentLogRatios(sides: Sides): tf.Tensor {
  const { student, teacher, beta } = sides;
  if (beta === 1) return tf.sub(student.logProbs, teacher.logProbs);
  return tf.sub(logSigmoid(scaledLogRatio(sides)), Math.log(1 - beta));
}

/** `log((1−β)·p_student / (β·p_teacher))` */
function scaledLogRatio({ student, teacher, beta }: Sides): tf.Tensor {
  return tf.add(tf.sub(student.logProbs, teacher.logProbs), Math.log(1 - beta) - Math.log(beta));
}

/** `p·x`, 0 where p is 0. */
function weighted(probabilities: tf.Tensor, values: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(probabilities, 0), tf.mul(probabilities, values), tf.zerosLike(values));
}
