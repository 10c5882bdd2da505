import type { TokenType } from './token.ts';

/** A spelling means a type of token and its text. */
export type Meaning = readonly [type: TokenType, text: string];

const table = new Map<string, Meaning>();

function define(type: TokenType, text: string, spellings: string): void {
  for (const spelling of spellings.split(' ')) table.set(spelling, [type, text]);
}

define('+', '+', '+ ∔ ⊕');
define('-', '-', '- − ∸ – ‐ ‑ ﹣ －');
define('*', '*', '* × ⋅ · ∗ ∙ \\times \\cdot \\ast \\centerdot \\bullet \\otimes');
define('/', '/', '/ ÷ ∕ ⁄ \\div \\slash');
define('^', '^', '^ **');
define('_', '_', '_');
define('!', '!', '!');
define(',', ',', ', ， 、');
define(';', ';', '; ；');
define(':', ':', ': ： \\colon \\ratio');
define('&', '&', '&');
define('row', '', '\\\\ \\cr \\newline');
define('prime', "'", "' ′ ’ \\prime");
define('transpose', 'T', '\\top \\intercal');
define('percent', '%', '% \\% ％');
define('degree', '°', '° º \\circ \\degree \\circle');
define('currency', 'dollar', '\\$');
define('currency', 'euro', '€ \\euro');
define('currency', 'pound', '£ \\pounds');
define('currency', 'yen', '¥ \\yen');
define('currency', 'rupee', '₹');
define('plus-minus', '±', '± \\pm');
define('minus-plus', '∓', '∓ \\mp');
define('(', '(', '( \\lgroup \\lparen');
define(')', ')', ') \\rgroup \\rparen');
define('[', '[', '[ \\lbrack');
define(']', ']', '] \\rbrack');
define('{', '{', '{');
define('}', '}', '}');
define('open-set', '{', '\\{ \\lbrace \\left{');
define('close-set', '}', '\\} \\rbrace \\right}');
define('bar', '|', '| \\vert');
define('open-bar', '|', '\\lvert \\left| \\left\\vert');
define('close-bar', '|', '\\rvert \\right| \\right\\vert');
define('norm', '‖', '‖ \\| \\Vert \\lVert \\rVert');
define('open-floor', '⌊', '⌊ \\lfloor \\llcorner');
define('close-floor', '⌋', '⌋ \\rfloor \\lrcorner');
define('open-ceiling', '⌈', '⌈ \\lceil \\ulcorner');
define('close-ceiling', '⌉', '⌉ \\rceil \\urcorner');
define('open-angle', '<', '⟨ \\langle \\left<');
define('close-angle', '>', '⟩ \\rangle \\right>');
define('relation', '=', '= == := ≡ ≔ ≟ \\equiv \\coloneqq \\doteq');
define('relation', '!=', '!= ≠ <> \\ne \\neq \\not= \\not\\equiv');
define('relation', '<', '< \\lt ≪ \\ll \\prec');
define('relation', '<=', '<= =< ≤ ⩽ ≦ ≲ \\le \\leq \\leqslant \\leqq \\lesssim \\preceq \\not>');
define('relation', '>', '> \\gt ≫ \\gg \\succ');
define('relation', '>=', '>= ≥ ⩾ ≧ ≳ \\ge \\geq \\geqslant \\geqq \\gtrsim \\succeq \\not<');
define('relation', '~=', '~= ≈ ≃ ≅ ≊ \\approx \\approxeq \\simeq \\cong \\thickapprox');
define('relation', 'in', '∈ \\in \\isin');
define('relation', 'not-in', '∉ \\notin \\not\\in');
define('relation', 'subset', '⊂ ⊆ \\subset \\subseteq \\subsetneq');
define('relation', 'superset', '⊃ ⊇ \\supset \\supseteq \\supsetneq \\ni');
define('relation', 'parallel', '∥ ∦ \\parallel');
define('relation', 'perpendicular', '⊥ \\perp \\bot');
define('relation', 'similar', '∼ \\sim');
define('relation', 'maps-to', '↦ \\mapsto \\longmapsto');
define('arrow', '→', '→ -> ⇒ \\to \\rightarrow \\Rightarrow \\longrightarrow \\Longrightarrow \\implies \\leadsto');
define('mid', '|', '∣ \\mid');
define('set-operator', 'union', '∪ \\cup \\bigcup \\sqcup');
define('set-operator', 'intersection', '∩ \\cap \\bigcap');
define('set-operator', 'difference', '∖ \\setminus \\smallsetminus \\backslash');
define('and', 'and', '∧ \\land \\wedge \\And');
define('or', 'or', '∨ \\lor \\vee');
define('mod', 'mod', '\\mod \\bmod');
define('pmod', 'mod', '\\pmod');
define('frac', '', '\\frac \\dfrac \\tfrac \\cfrac \\nicefrac \\sfrac');
define('binom', '', '\\binom \\dbinom \\tbinom');
define('choose', '', '\\choose');
define('over', '', '\\over');
define('sqrt', '', '√ \\sqrt \\surd');
define('cbrt', '', '∛ \\cbrt');
define('sum', '', '∑ \\sum');
define('product', '', '∏ \\prod');
define('integral', '', '∫ \\int \\smallint');
define('limit', '', '\\lim');
define('boxed', '', '\\boxed \\fbox \\phantom');
define('partial', 'd', '∂ \\partial');
define('constant', 'infinity', '∞ \\infty \\infinity');
define('constant', 'pi', 'π \\pi');
define('constant', 'e', '\\exponentialE');
define('constant', 'i', '\\imath \\imaginaryI');
define('constant', 'empty-set', '∅ \\emptyset \\varnothing');
define('constant', 'naturals', 'ℕ \\N');
define('constant', 'integers', 'ℤ \\Z');
define('constant', 'rationals', 'ℚ \\Q');
define('constant', 'reals', 'ℝ \\R');
define('constant', 'complexes', 'ℂ \\C');
define('text', '…', '… ⋯ ... \\ldots \\cdots \\dots \\vdots \\ddots');
define('name', 'ell', '\\ell ℓ');
define('name', 'j', '\\jmath');
define('name', 'hbar', '\\hbar \\hslash');
define('name', 'nabla', '\\nabla ∇');
define('name', 'angle', '\\angle ∠ \\measuredangle \\sphericalangle');
define('name', 'triangle', '\\triangle △ \\vartriangle \\bigtriangleup');
define('name', 'square', '\\square □ \\blacksquare \\Box');
define('name', 'star', '\\star ⋆ \\bigstar');
define('function', 're', '\\Re');
define('function', 'im', '\\Im');
for (const name of ['sin', 'cos', 'tan', 'csc', 'sec', 'cot']) {
  define('function', name, `\\${name}`);
  define('function', `a${name}`, `\\arc${name} \\a${name}`);
  define('function', `${name}h`, `\\${name}h`);
  define('function', `a${name}h`, `\\ar${name}h \\arc${name}h \\a${name}h`);
}
define('function', 'tan', '\\tan \\tg');
define('function', 'cot', '\\cot \\ctg \\cotg');
define('function', 'atan', '\\arctan \\arctg \\atan');
define('function', 'acot', '\\arccot \\arcctg \\acot');
define('function', 'exp', '\\exp');
define('function', 'floor', '\\floor');
define('function', 'ceiling', '\\ceil');
define('function', 'gcd', '\\gcd');
define('function', 'lcm', '\\lcm');
define('function', 'Max', '\\max');
define('function', 'Min', '\\min');
define('function', 'det', '\\det');
define('function', 'arg', '\\arg');
define('function', 'sign', '\\sgn');
define('function', 'dim', '\\dim');
define('function', 'deg', '\\deg');
define('function', 'ker', '\\ker');
define('log', 'log', '\\log');
define('log', 'lg', '\\lg');
define('log', 'ln', '\\ln');

const greek =
  'alpha α beta β gamma γ delta δ epsilon ε varepsilon ϵ zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ omicron ο rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi ϕ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω varpi ϖ'.split(
    ' ',
  );
for (let index = 0; index < greek.length; index += 2) {
  define('name', greek[index]!, `\\${greek[index]!} ${greek[index + 1]!}`);
}
define('name', 'mu', 'µ');

/** The letter names of the Greek alphabet in Latin letters, `alpha` to `Omega`. */
export const greekNames: ReadonlySet<string> = new Set(greek.filter((_, index) => index % 2 === 0));

for (const command of 'bar overline hat widehat tilde widetilde vec overrightarrow overleftrightarrow dot ddot acute grave breve check widecheck mathring mathcal mathfrak mathscr mathbb'.split(
  ' ',
)) {
  const name = { overline: 'bar', widehat: 'hat', overrightarrow: 'vec', widetilde: 'tilde' }[command];
  define('accent', name ?? (command.startsWith('math') ? 'math' : command), `\\${command}`);
}

/** Commands that say how something looks, not what it is. */
const ignored = new Set(
  'left right mleft mright middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm quad qquad thinspace medspace thickspace negthinspace negmedspace negthickspace enspace displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag hfil hfill vrule vcenter vbox vskip vspace hspace allowbreak rm bf it cal mathstrut strut noindent large Large small normalsize centering protect relax , ; : ! >'.split(
    ' ',
  ),
);

/** What a command (with its backslash) or a character means; `undefined` when unknown, `'space'` when it only spaces. */
export function meaningOf(spelling: string): Meaning | 'space' | undefined {
  return table.get(spelling) ?? (spelling.startsWith('\\') && ignored.has(spelling.slice(1)) ? 'space' : undefined);
}

/** Longest known command at the start of a run of letters: `\vertx` is `\vert` and `x`. */
export function knownPrefix(command: string): string | undefined {
  for (let length = command.length - 1; length > 2; length--) {
    const prefix = command.slice(0, length);
    if (meaningOf(prefix) !== undefined) return prefix;
  }
  return undefined;
}
