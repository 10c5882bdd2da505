import { RlloomError } from '@rlloom/spec';
import { tf } from '../../tf.ts';

/**
 * Makes it an error to differentiate `outputs` for `inputs`, which were computed from them in a way that the tape does not
 * see: without this the gradient would be zero.
 */
export function refuseGradient(name: string, inputs: readonly tf.Tensor[], outputs: readonly tf.Tensor[]): void {
  const { state } = tf.engine();
  if (state.gradientDepth === 0) return;
  state.activeTape.push({
    id: state.nextTapeNodeId++,
    kernelName: name,
    inputs: Object.fromEntries(inputs.entries()),
    outputs: [...outputs],
    saved: [],
    gradient: () => {
      throw new RlloomError('unexpected', {
        what: `${name} has no gradient in a compiled function`,
        fix: 'repeat the steps in JavaScript where their number is known, or keep it out of what is differentiated',
      });
    },
  });
}
