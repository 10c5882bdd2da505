// The losses of preferences and of teachers by the names of the field. A new loss is its file and a line here, or in
// `dpo-losses.ts` where it is one of pairs that `dpoLoss` shall know.
export { bcoLoss as bco } from './bco-loss.ts';
export { alphapoLoss as alphapo, cpoLoss as cpo, simpoLoss as simpo } from './cpo-losses.ts';
export { distillationLoss as gkd } from './distillation-loss.ts';
export { dpoLoss as dpo, mixedDpoLoss as mpo } from './dpo-loss.ts';
export * from './dpo-losses.ts';
export { apoZeroUnpairedLoss as apo_zero_unpaired, ktoLoss as kto } from './kto-loss.ts';
export { nashMdLoss as nash_md } from './nash-md-loss.ts';
export { orpoLoss as orpo } from './orpo-loss.ts';
export { rewardModelLoss as log_exp, rewardModelLoss as reward_model } from './reward-model-loss.ts';
export { xpoLoss as xpo } from './xpo-loss.ts';
