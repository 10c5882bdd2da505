export { type ExplainedBatch, explainToken, type TokenExplanation, type TokenPlace } from './explain-token.ts';
export { formatExplanation } from './format-explanation.ts';
export { type GroupStanding, groupStanding, type RewardProvenance } from './group-standing.ts';
