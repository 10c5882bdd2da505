// tfjs-core's bundle for Node has no gradient definitions; those of tfjs-layers register all of them on loading.
import '@tensorflow/tfjs-layers';
import { addTensorMethods } from './tensor-methods.ts';

/**
 * TensorFlow.js core (`@tensorflow/tfjs-core`), the only copy every package computes with. Call
 * `selectBackend` once before the first tensor is made.
 */
export * as tf from '@tensorflow/tfjs-core';

addTensorMethods();
