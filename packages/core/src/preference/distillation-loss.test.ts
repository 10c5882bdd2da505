import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { distillationLoss } from './distillation-loss.ts';
import { generalizedJsd } from './generalized-jsd.ts';

const betas = [0, 0.1, 0.5, 0.9, 1] as const;
const infinity = Number.POSITIVE_INFINITY;

describeBackends('distillation', () => {
  const logits = (probabilities: readonly (readonly number[])[]) =>
    tf.tensor2d(probabilities.map((row) => row.map((p) => Math.log(p))));
  const value = (student: tf.Tensor, teacher: tf.Tensor, beta: number) =>
    (generalizedJsd(student, teacher, { beta }).arraySync() as number[])[0] ?? Number.NaN;
  const gradient = (student: tf.Tensor, teacher: tf.Tensor, options = {}) =>
    tf
      .grad((x: tf.Tensor) => tf.sum(generalizedJsd(x, teacher, options)))(student)
      .arraySync() as number[][];

  // The definition, in float64.
  const kl = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, probability, i) => sum + probability * Math.log(probability / (q[i] ?? 0)), 0);
  const defined = (student: readonly number[], teacher: readonly number[], beta: number) => {
    if (beta === 0) return kl(teacher, student);
    if (beta === 1) return kl(student, teacher);
    const mixture = teacher.map((p, i) => beta * p + (1 - beta) * (student[i] ?? 0));
    return beta * kl(teacher, mixture) + (1 - beta) * kl(student, mixture);
  };

  it.each(betas)('is the divergence of its definition, β = %d', (beta) => {
    const [student, teacher] = [[0.7, 0.2, 0.1] as const, [0.25, 0.25, 0.5] as const];
    const divergence = value(logits([student]), logits([teacher]), beta);
    expect(divergence).toBeCloseTo(defined(student, teacher, beta), 6);
  });

  it.each(betas)('is 0 with no slope where student and teacher agree, β = %d', (beta) => {
    const same = tf.tensor2d([[3, -1, 0.5]]);
    expect(value(same, same.clone(), beta)).toBeCloseTo(0, 6);
    gradient(same, same.clone(), { beta })[0]?.forEach((slope) => expect(slope).toBeCloseTo(0, 6));
  });

  it.each(betas)('has the slope of finite differences, with a temperature, β = %d', (beta) => {
    const [student, teacher] = [
      [0.5, -1, 0.25, 2],
      [-0.5, 1, 0, 1.5],
    ];
    const softmax = (row: readonly number[]) => {
      const exponentials = row.map((x) => Math.exp(x / 2));
      const sum = exponentials.reduce((a, b) => a + b, 0);
      return exponentials.map((x) => x / sum);
    };
    const at = (row: readonly number[]) => defined(softmax(row), softmax(teacher), beta);
    const slopes = gradient(tf.tensor2d([student]), tf.tensor2d([teacher]), { beta, temperature: 2 })[0] ?? [];
    student.forEach((_, i) => {
      const moved = (step: number) => at(student.map((x, j) => (j === i ? x + step : x)));
      expect(slopes[i]).toBeCloseTo((moved(1e-4) - moved(-1e-4)) / 2e-4, 5);
    });
  });

  it.each(betas)('is finite up to logits of 1e4, β = %d', (beta) => {
    const row = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(row, row, (student, teacher) => {
        const given = [tf.tensor2d([student]), tf.tensor2d([teacher])] as const;
        const divergence = value(...given, beta);
        expect(divergence).toBeGreaterThanOrEqual(-1e-6);
        expect([divergence, ...gradient(...given, { beta }).flat()].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('lets tokens be impossible', () => {
    const [student, teacher] = [tf.tensor2d([[0, 0, -infinity]]), tf.tensor2d([[-infinity, 0, -infinity]])];
    expect(value(student, teacher, 0)).toBeCloseTo(Math.LN2, 6);
    expect(value(student, teacher, 1)).toBe(infinity);
    expect(value(student, teacher, 0.5)).toBeCloseTo(
      0.5 * Math.log(4 / 3) + 0.5 * (0.5 * Math.LN2 + 0.5 * Math.log(2 / 3)),
      6,
    );
    expect(gradient(student, teacher, { beta: 0.5 }).flat().every(Number.isFinite)).toBe(true);
  });

  it('is the same for any chunk of rows', () => {
    const [student, teacher] = [
      tf.randomNormal([5, 7], 0, 1, 'float32', 1),
      tf.randomNormal([5, 7], 0, 1, 'float32', 2),
    ];
    const close = (values: tf.Tensor, expected: tf.Tensor) =>
      expect(tf.max(tf.abs(tf.sub(values, expected))).arraySync()).toBeLessThan(1e-6);
    const slopes = (options = {}) => tf.grad((x: tf.Tensor) => tf.sum(generalizedJsd(x, teacher, options)))(student);
    close(generalizedJsd(student, teacher, { chunkRows: 2 }), generalizedJsd(student, teacher));
    close(slopes({ chunkRows: 2 }), slopes());
  });

  const batch = () => ({
    studentLogits: tf.tensor3d([
      [
        [0, Math.log(3)],
        [Number.NaN, infinity],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]),
    teacherLogits: tf.tensor3d([
      [
        [0, 0],
        [Number.NaN, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ]),
    mask: tf.tensor2d([
      [1, 0],
      [1, 1],
    ]),
  });
  const lossGradient = (inputs: ReturnType<typeof batch>, options = {}) =>
    tf
      .grad((x: tf.Tensor) => distillationLoss({ ...inputs, studentLogits: tf.reshape(x, [2, 2, 2]) }, options))(
        inputs.studentLogits,
      )
      .arraySync() as number[][][];

  it.each([0, 0.5, 1])('never reads masked tokens, β = %d', (beta) => {
    const clean = {
      ...batch(),
      studentLogits: tf.tensor3d([
        [
          [0, Math.log(3)],
          [5, 5],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      ]),
      teacherLogits: tf.zeros<tf.Rank.R3>([2, 2, 2]),
    };
    expect(distillationLoss(batch(), { beta }).arraySync()).toBe(distillationLoss(clean, { beta }).arraySync());
    expect(
      lossGradient(batch(), { beta })
        .flat(2)
        .map((x) => x + 0),
    ).toEqual(
      lossGradient(clean, { beta })
        .flat(2)
        .map((x) => x + 0),
    );
  });

  it('divides by the tokens of the whole batch, so that micro-batches add up', () => {
    const own = distillationLoss(batch()).arraySync();
    expect(distillationLoss(batch(), { tokenCount: 6 }).arraySync()).toBeCloseTo(own / 2, 6);
    const [first, second] = lossGradient(batch(), { tokenCount: 6 });
    const half = lossGradient(batch());
    expect(first?.[0]?.[0]).toBeCloseTo((half[0]?.[0]?.[0] ?? 0) / 2, 6);
    expect(second?.[1]?.[1]).toBeCloseTo((half[1]?.[1]?.[1] ?? 0) / 2, 6);
  });

  it('is 0 with everything masked', () => {
    const none = { ...batch(), mask: tf.zeros<tf.Rank.R2>([2, 2]) };
    expect(distillationLoss(none).arraySync()).toBe(0);
    expect(lossGradient(none).flat(2).map(Math.abs)).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('refuses what has no meaning', () => {
    expect(() => generalizedJsd(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow(ShapeError);
    expect(() => generalizedJsd(tf.scalar(0), tf.scalar(0))).toThrow(ShapeError);
    for (const beta of [-0.1, 1.1, Number.NaN]) {
      expect(() => generalizedJsd(tf.zeros([2, 3]), tf.zeros([2, 3]), { beta })).toThrow(RangeError);
    }
    expect(() => generalizedJsd(tf.zeros([2, 3]), tf.zeros([2, 3]), { temperature: 0 })).toThrow(RangeError);
    expect(() => distillationLoss({ ...batch(), mask: tf.ones([2, 3]) })).toThrow(ShapeError);
    expect(() => distillationLoss(batch(), { tokenCount: -1 })).toThrow(RangeError);
  });

  it('leaves no tensor behind', () => {
    const inputs = batch();
    const before = tf.memory().numTensors;
    distillationLoss(inputs).dispose();
    lossGradient(inputs);
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});
