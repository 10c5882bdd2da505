// Which tokens or sequences train, by name: masks for `importanceWeights` of a policy loss, or in place of its mask.
export { offPolicySequenceMask as opsm } from '../corrections/off-policy-sequence-mask.ts';
export { rejectionMask as rejection } from '../corrections/rejection-mask.ts';
export { secondMomentMask as m2po } from '../corrections/second-moment-mask.ts';
export { highEntropyMask as top_entropy } from '../losses/high-entropy-mask.ts';
