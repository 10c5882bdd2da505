import { tf } from '../../tf.ts';
import { compileError } from './compile-error.ts';

/**
 * Runs `f`, a function that is being recorded, with an error for what a graph would not do again: drawing a random number
 * of JavaScript, which `tf.randomNormal`, `tf.dropout` and their like do without a seed, and assigning to a `tf.Variable`.
 */
export function forbidSideEffects<Result>(f: () => Result): Result {
  const { random } = Math;
  // Not called by itself: what was there is put back.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { assign } = tf.Variable.prototype;
  Math.random = () => {
    throw compileError(
      'drawing random numbers (Math.random; tf.randomNormal, tf.randomUniform, tf.dropout without a seed)',
      'they would be the same in every call',
      'draw them outside and make them an input',
    );
  };
  tf.Variable.prototype.assign = () => {
    throw compileError(
      'changing a tf.Variable (assign, minimize, applyGradients)',
      'a graph does not change tensors of JavaScript',
      'make it a variable of the program and return its new value in `updates`',
    );
  };
  try {
    return f();
  } finally {
    Math.random = random;
    tf.Variable.prototype.assign = assign;
  }
}
