/** Longest text that is compared as text. */
const maximumLength = 2000;

/** Whether two answers are written alike, apart from spaces, dollar signs, sizes of brackets and punctuation at the end. */
export function sameText(gold: string, answer: string): boolean {
  if (gold === answer) return gold.trim() !== '';
  if (gold.length > maximumLength || answer.length > maximumLength) return false;
  const left = bare(gold);
  return left !== '' && left === bare(answer);
}

function bare(text: string): string {
  return text
    .replace(/\\(?:left|right|displaystyle)(?![a-zA-Z])|\\[,;: ]|\$/g, '')
    .replace(/\\[dt]frac(?![a-zA-Z])/g, '\\frac')
    .replace(/\s+/g, ' ')
    .replace(/ ?([-+*/^=<>(){}[\]|]) ?/g, '$1')
    .trim()
    .replace(/[.,;:]$/, '');
}
