const number = /-?[\d.,]+/gu;

/** Characters at the end of an answer that are read, as verl reads them. */
const tailLength = 300;

/**
 * The final answer of a GSM8K solution: the last number behind `####` (`strict`), or the last number at all
 * (`flexible`); `$` and `,` are left out. `undefined` when there is none.
 *
 * @example
 * ```ts
 * gsm8kAnswer('so 3 * 400 = 1,200\n#### 1,200', 'strict'); // => '1200'
 * ```
 */
export function gsm8kAnswer(text: string, method: 'strict' | 'flexible'): string | undefined {
  const tail = text.slice(-tailLength);
  if (method === 'strict') {
    const found = [...tail.matchAll(/#### (-?[\d.,]+)/gu)].at(-1)?.[1];
    return found?.replaceAll(/[,$]/gu, '');
  }
  const found = (tail.match(number) ?? []).filter((each) => each !== '.').at(-1);
  return found?.replaceAll(/[,$]/gu, '');
}

/** 1 when the final answer is the reference, else 0. The reference may be a whole solution with `####`. */
export function gsm8kScore(text: string, reference: string, method: 'strict' | 'flexible'): 0 | 1 {
  const expected = gsm8kAnswer(reference, 'strict') ?? reference.trim().replaceAll(/[,$]/gu, '');
  return gsm8kAnswer(text, method) === expected ? 1 : 0;
}
