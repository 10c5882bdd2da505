// The steps of Minerva's normalisation (arXiv:2206.14858, appendix D.1), in the order of verl's math_dapo.
const replaced: readonly (readonly [string, string])[] = [
  ['an ', ''],
  ['a ', ''],
  ['.$', '$'],
  [String.raw`\$`, ''],
  [String.raw`\ `, ''],
  [' ', ''],
  ['mbox', 'text'],
  [String.raw`,\text{and}`, ','],
  [String.raw`\text{and}`, ','],
  [String.raw`\text{m}`, String.raw`\text{}`],
];

const units =
  'square ways integers dollars mph inches hours km units \\ldots sue points feet minutes digits cents degrees cm gm pounds meters meals edges students childrentickets multiples';

const removed: readonly string[] = [
  ...units.split(' '),
  String.raw`\text{s}`,
  String.raw`\text{.}`,
  '\\text{\ns}',
  String.raw`\text{}^2`,
  String.raw`\text{}^3`,
  '\\text{\n}',
  String.raw`\text{}`,
  String.raw`\mathrm{th}`,
  String.raw`^\circ`,
  String.raw`^{\circ}`,
  String.raw`\;`,
  String.raw`,\!`,
  '{,}',
  '"',
  String.raw`\dots`,
];

/** A final answer as Minerva's graders compare it: a text, not a value. */
export function normalizeMinerva(answer: string): string {
  let text = answer.split('=').at(-1) ?? '';
  for (const [before, after] of replaced) text = text.replaceAll(before, after);
  for (const expression of removed) text = text.replaceAll(expression, '');
  text = text
    .replace(/^([^\n]*?)\$([^\n]*?)\$([^\n]*)/gm, '$$$2$$')
    .replace(/\\text\{([^\n]*?)\}/g, '$1')
    .replace(/\\textbf\{([^\n]*?)\}/g, '$1')
    .replace(/\\overline\{([^\n]*?)\}/g, '$1')
    .replace(/\\boxed\{([^\n]*)\}/g, '$1')
    .replace(/frac([^{])([^\n])/g, 'frac{$1}{$2}')
    .replace(/sqrt([^{])/g, 'sqrt{$1}')
    .replaceAll('$', '');
  const digits = text.replaceAll(',', '');
  return (/^\p{Nd}+$/u.test(digits) ? digits : text).trim();
}
