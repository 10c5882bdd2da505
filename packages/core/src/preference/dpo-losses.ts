// The losses of pairs by the names TRL gives them (`cdpo` and `kto_pair` by those of its earlier versions).
// `dpoLoss` and `preferenceLosses` read this list: a new loss is its file and a line here.
export { aotLoss as aot, aotUnpairedLoss as aot_unpaired } from './aot-losses.ts';
export { chosenLikelihoodLoss as sft } from './chosen-likelihood-loss.ts';
export { discopopLoss as discopop } from './discopop-loss.ts';
export {
  conservativePairLoss as cdpo,
  robustPairLoss as robust,
  sigmoidNormPairLoss as sigmoid_norm,
  sigmoidPairLoss as sigmoid,
} from './dpo-sigmoid-losses.ts';
export { exoPairLoss as exo_pair } from './exo-pair-loss.ts';
export { hingePairLoss as hinge } from './hinge-pair-loss.ts';
export { ipoLoss as ipo } from './ipo-loss.ts';
export { ktoPairLoss as kto_pair } from './kto-pair-loss.ts';
export {
  apoDownLoss as apo_down,
  apoZeroLoss as apo_zero,
  bcoPairLoss as bco_pair,
  ncaPairLoss as nca_pair,
  sppoHardLoss as sppo_hard,
} from './pointwise-pair-losses.ts';
