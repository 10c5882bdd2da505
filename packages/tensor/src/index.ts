export { tf } from './tf.ts';
export type { ParameterTree } from './parameter-tree.ts';
export type { BackendChoice, BackendName } from './backend/backend-choice.ts';
export { autoOrder, selectBackend, type SelectBackendOptions } from './backend/select-backend.ts';
export { type ValueAndAux, type ValueAndGradients, valueAndGradients } from './gradients/value-and-gradients.ts';
