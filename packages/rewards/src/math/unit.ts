/** What a unit says about the number before it. */
export interface Unit {
  readonly percent: boolean;
  /** `1000` for `thousand`, ...; 1 otherwise. */
  readonly scale: bigint;
}

const abbreviations = new Set(
  'cm km mm nm kg mg ml mL cl dl ft in yd mi lb lbs oz hr hrs min mins sec s ms mph kph kmh km/h rpm am pm kW kWh MHz GHz Hz Pa kPa eV mol rad deg st nd rd th pt pts'.split(
    ' ',
  ),
);
const singleLetters = new Set('mgshLlNJWVAKCFT');
const scales: Readonly<Record<string, bigint>> = {
  hundred: 100n,
  thousand: 1000n,
  million: 10n ** 6n,
  billion: 10n ** 9n,
  trillion: 10n ** 12n,
};
const percentWords = new Set(['percent', 'percentage', 'pct', 'percents', 'per cent']);
// Words that make the number part of a statement, a list or a formula instead of a quantity.
const noUnit = new Set(
  'or and not but to is are was if than then no nor more less plus minus times over mod pi sqrt sin cos tan cot sec csc log ln exp inf infinity half halves third thirds squared cubed factorial because since so wrong incorrect maybe either'.split(
    ' ',
  ),
);

const connectors = new Set(['of', 'in', 'at', 'by', 'on', 'an', 'a']);

const group = /\s*\\(?:text\w*|math\w+|mbox|rm|operatorname)\s*\{([^{}\d]{0,80})\}/y;
const word = /(\s*)([A-Za-z\u00b5\u03a9]{1,24})\.?/y;
const sign = /\s*[\u00b0\u00a2%/*-]|\s*\^\s*(?:\{-?[1-4]\}|-?[1-4])|\s+/y;

/** Most words that still read as one unit: "liters of water per hour". */
const maximumWords = 6;

/** Reads a text as the unit of the number it followed, or says `undefined`: then the number is not the whole answer. */
export function readUnit(text: string): Unit | undefined {
  let position = 0;
  let words = 0;
  let percent = false;
  let scale = 1n;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match !== null) position += match[0].length;
    return match;
  };
  while (position < text.length) {
    const isFirst = words === 0 && !percent;
    const inGroup = take(group);
    if (inGroup !== null) {
      const content = (inGroup[1] ?? '').trim();
      const inner = content === '' ? undefined : readUnit(` ${content}`);
      if (content !== '' && inner === undefined) return undefined;
      if (isFirst && inner !== undefined) ({ percent, scale } = inner);
      words++;
    } else {
      const letters = take(word);
      if (letters === null) {
        const mark = take(sign);
        if (mark === null) return undefined;
        if (mark[0].endsWith('%')) {
          if (!isFirst) return undefined;
          percent = true;
        }
        continue;
      }
      const [, space = '', name = ''] = letters;
      const lower = name.toLowerCase();
      if (isFirst && percentWords.has(lower)) percent = true;
      else if (isFirst && scales[lower] !== undefined) scale = scales[lower];
      else {
        const start = position - letters[0].length;
        if (!isFirst && space !== '' && connectors.has(lower)) {
          words++;
          continue;
        }
        if (!isUnitWord(name, space === '' ? (text[start - 1] ?? 'number') : 'space')) return undefined;
      }
      words++;
    }
    if (words > maximumWords) return undefined;
  }
  return { percent, scale };
}

// A word glued to the number is more likely a product of variables, unless it is a known abbreviation.
function isUnitWord(name: string, before: string): boolean {
  if (noUnit.has(name.toLowerCase())) return false;
  if (abbreviations.has(name)) return true;
  if (before === 'number') return false;
  return name.length === 1 ? singleLetters.has(name) : name.length >= 3;
}
