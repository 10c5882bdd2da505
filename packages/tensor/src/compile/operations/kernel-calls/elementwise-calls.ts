import { tf } from '../../../tf.ts';
import { aboveOne, complexes, floats, fractions, integers, truths } from './call-inputs.ts';
import { type KernelCall, kernelCall, callsOnSame, withGradient } from './kernel-call.ts';

type Functions = Readonly<Record<string, KernelCall['call']>>;

const everywhere: Functions = {
  Abs: tf.abs,
  Asinh: tf.asinh,
  Atan: tf.atan,
  Ceil: tf.ceil,
  ClipByValue: (x) => tf.clipByValue(x, -0.4, 0.3),
  Cos: tf.cos,
  Cosh: tf.cosh,
  Elu: tf.elu,
  Erf: tf.erf,
  Exp: tf.exp,
  Expm1: tf.expm1,
  Floor: tf.floor,
  Identity: tf.clone,
  LeakyRelu: (x) => tf.leakyRelu(x, 0.1),
  Neg: tf.neg,
  OnesLike: tf.onesLike,
  Relu: tf.relu,
  Relu6: tf.relu6,
  Round: tf.round,
  Selu: tf.selu,
  Sigmoid: tf.sigmoid,
  Sign: tf.sign,
  Sin: tf.sin,
  Sinh: tf.sinh,
  Softplus: tf.softplus,
  Square: tf.square,
  Step: (x) => tf.step(x, 0.25),
  Tan: tf.tan,
  Tanh: tf.tanh,
  ZerosLike: tf.zerosLike,
};

const belowOne: Functions = { Acos: tf.acos, Asin: tf.asin, Atanh: tf.atanh };

const positive: Functions = {
  Acosh: tf.acosh,
  Log: tf.log,
  Log1p: tf.log1p,
  Reciprocal: tf.reciprocal,
  Rsqrt: tf.rsqrt,
  Sqrt: tf.sqrt,
};

const ofIntegers: Functions = {
  Abs: tf.abs,
  Neg: tf.neg,
  OnesLike: tf.onesLike,
  Relu: tf.relu,
  Sign: tf.sign,
  Square: tf.square,
  ZerosLike: tf.zerosLike,
};

const tests: Functions = { IsFinite: tf.isFinite, IsInf: tf.isInf, IsNan: tf.isNaN };

const ofPairs: Functions = {
  Add: tf.add,
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  Multiply: tf.mul,
  SquaredDifference: tf.squaredDifference,
  Sub: tf.sub,
};

const quotients: Functions = {
  Atan2: tf.atan2,
  FloorDiv: tf.floorDiv,
  Mod: tf.mod,
  Pow: (a, b) => tf.pow(a, b),
  RealDiv: tf.div,
};

const comparisons: Functions = {
  Equal: tf.equal,
  Greater: tf.greater,
  GreaterEqual: tf.greaterEqual,
  Less: tf.less,
  LessEqual: tf.lessEqual,
  NotEqual: tf.notEqual,
};

const casts = (['float32', 'int32', 'bool'] as const).flatMap((to) => [
  ...callsOnSame(
    `float32 to ${to}`,
    () => [floats([2, 3])],
    { Cast: (x) => tf.cast(x, to) },
    {
      gradient: to === 'float32',
    },
  ),
  ...callsOnSame(`int32 to ${to}`, () => [integers([2, 3], 4)], { Cast: (x) => tf.cast(x, to) }),
  ...callsOnSame(`bool to ${to}`, () => [truths([2, 3])], { Cast: (x) => tf.cast(x, to) }),
]);

/** Calls of kernels whose result has one element for each of an input. */
export const elementwiseCalls: readonly KernelCall[] = [
  ...callsOnSame('a matrix', () => [floats([2, 3])], everywhere, withGradient),
  ...callsOnSame('a number', () => [floats([])], { Tanh: tf.tanh, Relu: tf.relu }, withGradient),
  ...callsOnSame('nothing', () => [floats([0, 3])], { Tanh: tf.tanh, Relu: tf.relu }, withGradient),
  ...callsOnSame('between -0.9 and 0.9', () => [tf.tidy(() => tf.mul(floats([2, 3]), 0.9))], belowOne, withGradient),
  ...callsOnSame('above one', () => [aboveOne([2, 3])], positive, withGradient),
  ...callsOnSame('integers', () => [integers([2, 3], 5)], ofIntegers),
  ...callsOnSame('numbers and none', () => [tf.tensor1d([0, NaN, Infinity, -Infinity, 2.5])], tests),
  ...casts,
  ...callsOnSame('alike', () => [floats([2, 3]), floats([2, 3], 1)], ofPairs, withGradient),
  ...callsOnSame('a row', () => [floats([2, 3]), floats([3], 1)], ofPairs, withGradient),
  ...callsOnSame('both grow', () => [floats([2, 1, 3]), floats([4, 1], 1)], ofPairs, withGradient),
  ...callsOnSame('a number', () => [floats([]), floats([2, 2], 1)], ofPairs, withGradient),
  ...callsOnSame('nothing', () => [floats([0, 3]), floats([3], 1)], ofPairs, withGradient),
  ...callsOnSame('integers', () => [integers([2, 3], 5), integers([3], 4, 1)], ofPairs),
  ...callsOnSame('float32 and int32', () => [floats([2, 3]), integers([3], 4)], { Add: tf.add, Multiply: tf.mul }),
  ...callsOnSame('a column', () => [aboveOne([2, 3]), aboveOne([2, 1], 1)], quotients, withGradient),
  ...callsOnSame('integers', () => [integers([2, 3], 9), tf.tensor1d([2, 3, 4], 'int32')], {
    FloorDiv: tf.floorDiv,
    Mod: tf.mod,
  }),
  ...callsOnSame('of integers by a number', () => [integers([2, 3], 9)], {
    Pow: (a) => tf.pow(a, 2),
    RealDiv: (a) => tf.div(a, 3),
  }),
  kernelCall(
    ['Pow', 'a number'],
    () => [floats([2, 3])],
    (x) => tf.pow(x, 3),
    withGradient,
  ),
  ...callsOnSame('a row', () => [floats([2, 3]), floats([3])], comparisons),
  ...callsOnSame('integers', () => [integers([2, 3], 3), integers([2, 3], 2)], comparisons),
  ...callsOnSame('a row', () => [truths([2, 3]), truths([3], 1)], {
    LogicalAnd: tf.logicalAnd,
    LogicalOr: tf.logicalOr,
  }),
  ...callsOnSame('a row of slopes', () => [floats([2, 3]), fractions([3])], { Prelu: tf.prelu }, withGradient),
  kernelCall(
    ['Exp', 'integers'],
    () => [integers([3], 3)],
    (x) => tf.exp(x),
  ),
  kernelCall(
    ['Pow', 'exponents of 0'],
    () => [floats([2, 3]), tf.tensor1d([0, 1, 2], 'int32')],
    (a, b) => tf.pow(a, b),
    withGradient,
  ),
  kernelCall(
    ['Cast', 'through whole numbers'],
    () => [floats([2, 3])],
    (x) => tf.mul(x, tf.cast(tf.cast(tf.mul(x, 9), 'int32'), 'float32')),
    withGradient,
  ),
  kernelCall(['LogicalNot', 'a matrix'], () => [truths([2, 3])], tf.logicalNot),
  kernelCall(
    ['ClipByValue', 'integers'],
    () => [integers([6], 9)],
    (x) => tf.clipByValue(x, 2, 5),
  ),
  kernelCall(
    ['AddN', 'three'],
    () => [floats([2, 3]), floats([2, 3], 1), floats([2, 3], 2)],
    (...all) => tf.addN(all),
    {
      gradient: true,
    },
  ),
  kernelCall(
    ['Select', 'alike'],
    () => [truths([2, 3]), floats([2, 3]), floats([2, 3], 1)],
    (condition, a, b) => tf.where(condition, a, b),
    withGradient,
  ),
  kernelCall(
    ['Select', 'broadcast'],
    () => [truths([3]), floats([2, 3]), floats([])],
    (condition, a, b) => tf.where(condition, a, b),
    withGradient,
  ),
  kernelCall(
    ['Select', 'by the sign of an input'],
    () => [floats([2, 3]), floats([3], 1)],
    (a, b) => tf.where(tf.logicalAnd(tf.greater(a, 0), tf.less(a, 0.9)), tf.square(a), tf.mul(a, b)),
    withGradient,
  ),
  kernelCall(
    ['Select', 'integers'],
    () => [truths([3]), integers([3], 5), integers([3], 7)],
    (condition, a, b) => tf.where(condition, a, b),
  ),
  kernelCall(
    ['Softmax', 'rows'],
    () => [floats([2, 3])],
    (x) => tf.softmax(x),
    withGradient,
  ),
  kernelCall(
    ['Softmax', 'three axes'],
    () => [floats([2, 2, 3])],
    (x) => tf.softmax(x),
    withGradient,
  ),
  kernelCall(
    ['Sum', 'log-softmax'],
    () => [floats([2, 3])],
    (x) => tf.logSoftmax(x),
    withGradient,
  ),
  kernelCall(['Complex', 'a matrix'], () => [floats([2, 3]), floats([2, 3], 1)], tf.complex),
  ...callsOnSame('a matrix', () => [complexes([2, 3])], { Real: tf.real, Imag: tf.imag, ComplexAbs: tf.abs }),
  kernelCall(
    ['BroadcastArgs', 'two shapes'],
    () => [tf.tensor1d([3, 1], 'int32'), tf.tensor1d([4], 'int32')],
    (a, b) => tf.broadcastArgs(a, b),
  ),
  kernelCall(
    ['StaticRegexReplace', 'words'],
    () => [tf.tensor1d(['a cat', 'no'])],
    (x) => tf.string.staticRegexReplace(x, 'c.t', 'dog'),
  ),
];
