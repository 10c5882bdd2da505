const replacements: readonly (readonly [RegExp, string])[] = [
  [/[\u2212\u2013\u2010\u2011\uFE63]/g, '-'],
  [/[\u00d7\u2217\u22c5\u00b7]|\\times(?![a-zA-Z])|\\cdot(?![a-zA-Z])|\\ast(?![a-zA-Z])/g, '*'],
  [/(?<=[\d)}])\*\*(?=[\d({-])/g, '^'],
  [/\u00f7|\\div(?![a-zA-Z])/g, '/'],
  [/\u2044/g, '/'],
  [/\u2248|\\(?:approx|simeq|cong)(?![a-zA-Z])/g, '\u2248'],
  [/\\(?:dfrac|tfrac|cfrac)(?![a-zA-Z])/g, '\\frac'],
  // `11,\! 111` and `1{,}234` are thousands; `1\,234` too.
  [/,\\!\s*|\{,\s?\}/g, ','],
  [/(\d)\\,(?=\d{3}(?!\d))/g, '$1,'],
  [/\\[,;:! ]|~|\\q?quad(?![a-zA-Z])|\\(?:left|right|displaystyle|limits)(?![a-zA-Z])/g, ' '],
  [/\\%|\uFF05/g, '%'],
  [/\\?\$|[\u20ac\u00a3\u00a5\u20b9]/g, ' '],
  [/\^\s*\{?\s*\\circ(?![a-zA-Z])\s*\}?|\\(?:degree|circ)(?![a-zA-Z])/g, '\u00b0'],
  [/\u00a0/g, ' '],
];

/**
 * A formula in one spelling: LaTeX and Unicode operators as `+ - * / ^`, `\dfrac` as `\frac`, `\approx` as `≈`, `\%` as
 * `%`, degrees as `°`; spacing commands, `\left`, `\right`, dollar and currency signs as spaces.
 */
export function cleanMath(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of replacements) clean = clean.replace(pattern, replacement);
  return clean.trim();
}
