import { defineAlike, type OperationDefinitions } from './define-operation.ts';
import { broadcast, broadcastShape, sameShape } from './shape-arithmetic.ts';

/** Functions of each element. */
const unary: OperationDefinitions = {
  ...defineAlike(
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Digamma Erf Erfc Erfinv Exp Expm1 Floor Inv Lgamma Log ' +
      'Log1p Neg OnesLike Reciprocal Rint Round Rsqrt Sigmoid Sign Sin Sinh Sqrt Square Tan Tanh ZerosLike',
    'x: T -> y: T',
    sameShape,
  ),
  ...defineAlike('Elu LeakyRelu Relu Relu6 Selu Softplus Softsign', 'features: T -> activations: T', sameShape),
  ...defineAlike('Conj Identity PreventGradient Snapshot StopGradient', 'input: T -> output: T', sameShape),
  ...defineAlike('IsFinite IsInf IsNan', 'x: T -> y: bool', sameShape),
  ...defineAlike('Real Imag', 'input: T -> output: Tout=float32', sameShape),
  LogicalNot: { signature: 'x: bool -> y: bool', shapes: sameShape },
  ComplexAbs: { signature: 'x: T -> y: Tout=float32', shapes: sameShape },
  Cast: { signature: 'x: SrcT -> y: DstT', shapes: sameShape },
  CheckNumerics: { signature: 'tensor: T -> output: T', shapes: sameShape },
  Softmax: { signature: 'logits: T -> softmax: T', shapes: sameShape },
  LogSoftmax: { signature: 'logits: T -> logsoftmax: T', shapes: sameShape },
  StaticRegexReplace: { signature: 'input: string -> output: string', shapes: sameShape },
};

/** Functions of two elements or three, broadcast to each other. */
const broadcasting: OperationDefinitions = {
  ...defineAlike(
    'Add AddV2 BitwiseAnd BitwiseOr BitwiseXor Div DivNoNan FloorDiv FloorMod Maximum Minimum Mod Mul MulNoNan Pow ' +
      'RealDiv SquaredDifference Sub TruncateDiv TruncateMod Xdivy Xlog1py Xlogy',
    'x: T, y: T -> z: T',
    broadcastShape,
  ),
  ...defineAlike('Equal Greater GreaterEqual Less LessEqual NotEqual', 'x: T, y: T -> z: bool', broadcastShape),
  ...defineAlike('LogicalAnd LogicalOr', 'x: bool, y: bool -> z: bool', broadcastShape),
  Atan2: { signature: 'y: T, x: T -> z: T', shapes: broadcastShape },
  Complex: { signature: 'real: T, imag: T -> out: Tout=complex64', shapes: broadcastShape },
  SelectV2: { signature: 'condition: bool, t: T, e: T -> output: T', shapes: broadcastShape },
  // The bounds are broadcast to what is clipped, not the other way round.
  ClipByValue: {
    signature: 't: T, clip_value_min: T, clip_value_max: T -> output: T',
    shapes: sameShape,
  },
  // The condition may be one number, or one per row.
  Select: { signature: 'condition: bool, t: T, e: T -> output: T', shapes: ({ shape }) => [shape(1)] },
  // It computes with shapes: [3, 1] and [4] give [3, 4].
  BroadcastArgs: {
    signature: 's0: T, s1: T -> r0: T',
    shapes: ({ shapes }) => [[Math.max(...shapes.map(([length = 0]) => length))]],
  },
  AddN: { signature: 'inputs: N*T -> sum: T', shapes: sameShape },
  BiasAdd: {
    signature: 'value: T, bias: T -> output: T',
    shapes: ({ shape, text }) => {
      const axis = text('data_format', 'NHWC') === 'NHWC' ? -1 : 1;
      if (shape(0).at(axis) !== shape(1)[0])
        throw new Error('the bias is not as long as the axis that it is added along');
      return [shape(0)];
    },
  },
};

/** Gradients of functions of each element, from the gradient of the result and the input or the result. */
const gradients: OperationDefinitions = {
  ...defineAlike(
    'LeakyReluGrad Relu6Grad ReluGrad SoftplusGrad SoftsignGrad',
    'gradients: T, features: T -> backprops: T',
    broadcastShape,
  ),
  ...defineAlike('EluGrad SeluGrad', 'gradients: T, outputs: T -> backprops: T', broadcastShape),
  ...defineAlike('ReciprocalGrad RsqrtGrad SigmoidGrad SqrtGrad TanhGrad', 'y: T, dy: T -> z: T', sameShape),
};

/** Losses that contain a softmax; the second result is the gradient for the logits. */
const crossEntropies: OperationDefinitions = {
  SparseSoftmaxCrossEntropyWithLogits: {
    signature: 'features: T, labels: Tlabels -> loss: T, backprop: T',
    shapes: ({ shape }) => [shape(1), shape(0)],
  },
  SoftmaxCrossEntropyWithLogits: {
    signature: 'features: T, labels: T -> loss: T, backprop: T',
    shapes: ({ shape }) => {
      const both = broadcast(shape(0), shape(1));
      return [both.slice(0, 1), both];
    },
  },
};

/** Operations whose result has one element for each element of an input. */
export const elementwise: OperationDefinitions = { ...unary, ...broadcasting, ...gradients, ...crossEntropies };
