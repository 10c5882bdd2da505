import { add, cast, mul, sub, Tensor } from '@tensorflow/tfjs-core';

/**
 * Gives tensors the methods that kernels of tfjs-node call (`Prelu`, and `ArgMax` of truths). tfjs-core's bundle for
 * Node lacks them; the package `@tensorflow/tfjs`, which has them, is not loaded here.
 */
export function addTensorMethods(): void {
  Object.assign(Tensor.prototype, methods);
}

type Operand = Tensor | number;

const methods: ThisType<Tensor> & Readonly<Record<string, (other: Operand) => Tensor>> = {
  add(other) {
    return add(this, other);
  },
  sub(other) {
    return sub(this, other);
  },
  mul(other) {
    return mul(this, other);
  },
  toInt() {
    return cast(this, 'int32');
  },
};
