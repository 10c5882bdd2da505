export { tf } from './tf.ts';
export type { ParameterTree } from './parameter-tree.ts';

export type { BackendChoice, BackendName, BackendNotLoaded, LoadedBackend } from './backend/backend-choice.ts';
export { autoOrder, selectBackend, type SelectBackendOptions } from './backend/select-backend.ts';

export { type BackendSpeed, measureBackend } from './diagnostics/measure-backend.ts';
export { missingKernels, programKernels } from './diagnostics/missing-kernels.ts';

export { after } from './compile/after.ts';
export { compile, type CompiledFunction } from './compile/compile.ts';
export { createProgram, type CreateProgramOptions, hasGraphs } from './compile/create-program.ts';
export type {
  BodyResult,
  DefineOptions,
  Program,
  ProgramBody,
  ProgramFunction,
  ProgramStatistics,
} from './compile/program.ts';
export { scatterAdd } from './compile/scatter-add.ts';
export type { TensorTree } from './compile/tensor-tree.ts';
export { updateSlice } from './compile/update-slice.ts';
export { whileLoop, type WhileLoop } from './compile/while-loop.ts';

export { recompute, type RecomputeOptions } from './gradients/recompute.ts';
export { type ValueAndAux, type ValueAndGradients, valueAndGradients } from './gradients/value-and-gradients.ts';

export { joinRows } from './rows/join-rows.ts';
export { replaceRows } from './rows/replace-rows.ts';

export { addTrees } from './trees/add-trees.ts';
export { cloneTree } from './trees/clone-tree.ts';
export { disposeTree } from './trees/dispose-tree.ts';
export { globalNorm } from './trees/global-norm.ts';
export { mapTree } from './trees/map-tree.ts';
export { scaleTree } from './trees/scale-tree.ts';
export { tensorOf } from './trees/tensor-of.ts';

export { type AdafactorOptions, adafactor } from './optimizers/adafactor.ts';
export { addDecayedWeights } from './optimizers/add-decayed-weights.ts';
export { applyUpdates } from './optimizers/apply-updates.ts';
export { chain } from './optimizers/chain.ts';
export { clipByGlobalNorm } from './optimizers/clip-by-global-norm.ts';
export type {
  Coefficient,
  GradientTransform,
  StepCoefficients,
  TransformState,
  TransformUpdate,
  UpdateContext,
} from './optimizers/gradient-transform.ts';
export { optimizerStep, type OptimizerStepInput, type TransformResult } from './optimizers/optimizer-step.ts';
export { adam, adamW, sgd, type WeightDecayOptions } from './optimizers/optimizers.ts';
export { type AdamOptions, scaleByAdam } from './optimizers/scale-by-adam.ts';
export { scaleByLearningRate } from './optimizers/scale-by-learning-rate.ts';
export { trace } from './optimizers/trace.ts';

export type { InstalledPackage } from './native/find-installed-package.ts';
export { loadNativeBackend, type LoadedNativeBackend, type LoadNativeOptions } from './native/load-native-backend.ts';
export {
  type NativeKindStatus,
  type NativeStatus,
  nativeStatus,
  type ProvisionedStatus,
} from './native/native-status.ts';
export type { NativeKind } from './native/pinned-versions.ts';
export type { OnProgress, ProvisionProgress, ProvisionStep } from './native/provision-progress.ts';
export {
  type ProvisionOptions,
  type ProvisionResult,
  provisionNativeBackend,
} from './native/provision-native-backend.ts';
export { loadWebgpuBackend, releaseWebgpuBackend } from './webgpu/load-webgpu-backend.ts';
