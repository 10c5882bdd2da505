export { maskedMean, maskedSum } from './masked-mean.ts';
export { type MaskedVarianceOptions, maskedVariance } from './masked-variance.ts';
export { type MaskedWhitenOptions, maskedWhiten } from './masked-whiten.ts';
export type { TokenRows } from './token-rows.ts';
