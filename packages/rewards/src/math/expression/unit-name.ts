const names = new Map<string, string>();

function define(unit: string, spellings: string): void {
  for (const spelling of spellings.split(' ')) names.set(spelling, unit);
}

define('mm', 'millimeter millimeters millimetre millimetres');
define('cm', 'centimeter centimeters centimetre centimetres cms');
define('dm', 'decimeter decimeters');
define('m', 'meter meters metre metres');
define('km', 'kilometer kilometers kilometre kilometres');
define('inch', 'in inches');
define('ft', 'feet foot');
define('yd', 'yard yards');
define('mi', 'mile miles');
define('g', 'gram grams');
define('mg', 'milligram milligrams');
define('kg', 'kilogram kilograms kgs');
define('lb', 'lbs pound pounds');
define('oz', 'ounce ounces');
define('l', 'liter liters litre litres L');
define('ml', 'milliliter milliliters mL');
define('s', 'sec secs second seconds');
define('min', 'mins minute minutes');
define('h', 'hr hrs hour hours');
define('day', 'days');
define('year', 'years yr yrs');
define('degree', 'degrees deg');
define('dollar', 'dollars USD usd');
define('cent', 'cents');
define('euro', 'euros EUR');
define('unit', 'units');
define('mph', 'mi/h');

/** A unit of measure in one spelling: `meters` is `m`; words that are no unit keep theirs, spaces single. */
export function unitName(text: string): string {
  const clean = text.replace(/\.$/, '').trim();
  const words = clean.split(/\s+/).map((word) => names.get(word) ?? word);
  if (words.length === 2 && /^(?:square|sq\.?)$/.test(words[0]!)) return `${words[1]!}^2`;
  if (words.length === 2 && /^(?:cubic|cu\.?)$/.test(words[0]!)) return `${words[1]!}^3`;
  return words.join(' ');
}
