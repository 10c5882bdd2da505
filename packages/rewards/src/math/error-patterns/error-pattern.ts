/**
 * Every error pattern, with what it says. An answer may show several: 4 for 2 is twice the reference and its square.
 * Hints for people, not proofs.
 */
export const errorPatternMeanings = {
  sign_flipped: 'the answer is the reference with the other sign',
  reciprocal: 'the answer is one over the reference',
  factor_2: 'the answer is twice or half the reference',
  factor_10: 'the answer is ten times or a tenth of the reference',
  factor_100: 'the answer is a hundred times or a hundredth of the reference',
  factor_1000: 'the answer is a thousand times or a thousandth of the reference',
  percent_or_fraction: 'a percentage stands for a fraction, or the reverse: 25 or 0.25% for 0.25',
  off_by_one: 'the answer is one more or one less than the reference, both whole or with variables',
  rounding_only: 'one is the other, rounded or cut to its digits',
  degrees_or_radians: 'the answer is the reference in degrees instead of radians, or the reverse',
  forgotten_square: 'the square of the answer is the reference',
  forgotten_square_root: 'the answer is the square of the reference',
  one_of_several_roots: 'the answer names one of the values of the reference',
  missing_root: 'the answer names several of the values of the reference, not all',
  extra_root: 'the answer names all values of the reference, and others',
  interval_end: 'the answer differs in whether ends belong to it: [0, 1) for [0, 1], < for ≤',
  tuple_order: 'the answer has the entries of the reference in another order',
  unit_only: 'the numbers are the same, the units are not',
  right_number_not_final: 'the reference stands in the response, but the final answer is another',
  no_final_answer: 'the response has no final answer',
  missing_box: 'an answer is there, but not in a box, where one was asked for',
  unclosed_box: 'a box is opened and not closed',
} as const;

/** Name of an error pattern. */
export type ErrorPattern = keyof typeof errorPatternMeanings;
