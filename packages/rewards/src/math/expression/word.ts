import { greekNames, type Meaning } from './spelling.ts';

// Words of plain text and of `\operatorname`; the value is a token's type and text.
const words = new Map<string, Meaning>();

function define(meaning: Meaning, spellings: string): void {
  for (const spelling of spellings.split(' ')) words.set(spelling, meaning);
}

for (const name of ['sin', 'cos', 'tan', 'csc', 'sec', 'cot']) {
  define(['function', name], name);
  define(['function', `a${name}`], `arc${name} a${name}`);
  define(['function', `${name}h`], `${name}h`);
  define(['function', `a${name}h`], `ar${name}h arc${name}h a${name}h`);
}
define(['function', 'exp'], 'exp');
define(['function', 'gcd'], 'gcd GCD hcf');
define(['function', 'lcm'], 'lcm LCM');
define(['function', 'Max'], 'max Max');
define(['function', 'Min'], 'min Min');
define(['function', 'floor'], 'floor');
define(['function', 'ceiling'], 'ceil ceiling');
define(['function', 'absolute'], 'abs Abs');
define(['function', 'factorial'], 'factorial');
define(['function', 'binomial'], 'binom binomial');
define(['function', 'root'], 'root');
define(['function', 'sign'], 'sgn sign');
define(['function', 'det'], 'det');
define(['function', 'tr'], 'tr trace Tr');
define(['function', 'rank'], 'rank');
define(['function', 'arg'], 'arg Arg');
define(['function', 're'], 'Re');
define(['function', 'im'], 'Im');
define(['function', 'conjugate'], 'conj');
define(['log', 'log'], 'log');
define(['log', 'ln'], 'ln');
define(['log', 'lg'], 'lg');
define(['sqrt', ''], 'sqrt Sqrt');
define(['cbrt', ''], 'cbrt');
define(['mod', 'mod'], 'mod');
define(['and', 'and'], 'and');
define(['or', 'or'], 'or');
define(['constant', 'pi'], 'pi');
define(['constant', 'infinity'], 'infinity Infinity inf oo infty');
define(['constant', 'true'], 'true True TRUE');
define(['constant', 'false'], 'false False FALSE');
define(['set-operator', 'union'], 'union cup');
define(['set-operator', 'intersection'], 'intersect cap');
define(['percent', '%'], 'percent percentage pct Percent percents');
define(['degree', '°'], 'degrees degree deg');
define(['scale', '100'], 'hundred');
define(['scale', '1000'], 'thousand');
define(['scale', '1000000'], 'million Million');
define(['scale', '1000000000'], 'billion Billion');
define(['scale', '1000000000000'], 'trillion');
define(['text', 'DNE'], 'DNE');
define(['text', 'NaN'], 'NaN nan');
for (const name of greekNames) if (name.length > 2) define(['name', name], name);

/** What a whole word means in a formula: `sqrt`, `pi`, `and`; `undefined` when it has no meaning of its own. */
export function meaningOfWord(word: string): Meaning | undefined {
  return words.get(word);
}

const attachable = /^(?:sin|cos|tan|cot|sec|csc|ln|log|sqrt)(?=[a-z]$)/;

/** The function at the start of `sinx` or `lnx`, a function with one letter stuck to it. */
export function attachedFunction(word: string): string | undefined {
  return attachable.exec(word)?.[0];
}

const short = new Set(
  'no yes the of is are odd even none not No Yes The all All one two to at an for per by was will it its if If with than each only'.split(
    ' ',
  ),
);

/** Whether letters in a row read as a word of a language rather than as a product of variables. */
export function isWord(letters: string): boolean {
  if (short.has(letters) || /[^A-Za-z]/.test(letters)) return true;
  if (letters.length < 4 || !/[aeiouy]/i.test(letters) || !/[^aeiou]/i.test(letters)) return false;
  // `abcd` and `wxyz` are products.
  for (let index = 1; index < letters.length; index++) {
    if (letters.charCodeAt(index) <= letters.charCodeAt(index - 1)) return true;
  }
  return false;
}

const units = new Set(
  'cm mm km dm nm kg mg ml mL cl dl ft in yd mi lb lbs oz hr hrs min mins sec secs mph kph kmh rpm am pm kW kWh Hz kHz MHz GHz Pa kPa eV mol rad cents cc sq pt pts st nd rd th feet foot inch inches miles mile meters metres yards hours hour days day years year dollars dollar'.split(
    ' ',
  ),
);

/** Whether a word right after a number is its unit. Single letters are not: they are variables. */
export function isUnit(word: string): boolean {
  return units.has(word);
}
