/** Characters of a response that are looked at, and most steps. */
const maximumCharacters = 20_000;
const maximumSteps = 400;

// Formulas may have line ends and periods inside.
const token =
  /\$\$[^$]*\$\$|\\\[[\s\S]*?\\\]|\\begin\{(\w+\*?)\}[\s\S]*?\\end\{\1\}|\$[^\s$](?:[^$\n]*[^\s$])?\$(?!\d)|\\\([^\n]*?\\\)|<<[^<>\n]*>>|\n|(?<mark>[.!?](?=\s|$)|\u3002)|[^\n.!?$\\<\u3002]+|[\s\S]/g;

/**
 * The steps of a solution: its lines, cut at the ends of sentences. A formula is never cut, nor the number of a list entry
 * ("2. Then") or "Step 2." off its text. Empty steps are left out. Of a long text, the end counts.
 *
 * @example
 * ```ts
 * cutSteps('1. Half of 48 is 24. Then\n48 + 24 = 72.'); // => ['1. Half of 48 is 24.', 'Then', '48 + 24 = 72.']
 * ```
 */
export function cutSteps(text: string): string[] {
  const steps: string[] = [];
  let step = '';
  const end = (): void => {
    const trimmed = step.trim();
    if (trimmed !== '') steps.push(trimmed);
    step = '';
  };
  for (const { 0: part, groups } of text.slice(-maximumCharacters).matchAll(token)) {
    if (part === '\n') end();
    else {
      step += part;
      const isMark = groups?.['mark'] !== undefined;
      const isListMark = part === '.' && /^\s*[-*#\s]*(?:(?:step|case|part)\s+)?(?:\d{1,3}|[a-z])\.$/i.test(step);
      if (isMark && !isListMark) end();
    }
    if (steps.length >= maximumSteps) return steps;
  }
  end();
  return steps;
}
