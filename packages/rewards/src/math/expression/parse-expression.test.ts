import { describe, expect, it } from 'vitest';
import { formatExpression } from './format-expression.ts';
import { parseExpression } from './parse-expression.ts';

function canonical(text: string): string {
  const parsed = parseExpression(text);
  return 'expression' in parsed ? formatExpression(parsed.expression) : `problem: ${parsed.problem}`;
}

/** [source, canonical text] */
type Case = readonly [string, string];

describe('parseExpression', () => {
  it.each<Case>([
    ['\\frac12', '1/2'],
    ['\\frac{1}2', '1/2'],
    ['\\dfrac{x+1}{3}', '(x + 1)/3'],
    ['\\frac 3 16', '3/16'],
    ['{1 \\over 2}', '1/2'],
    ['3 1/2', '3 + 1/2'],
    ['-2\\frac{1}{4}', '-(2 + 1/4)'],
    ['3½', '3 + 1/2'],
    ['3/2 x', '3/2 * x'],
    ['3/2x', '3/(2 * x)'],
  ])('reads the fraction %s', (source, expected) => {
    expect(canonical(source)).toBe(expected);
  });

  it.each<Case>([
    ['1,234', '1234'],
    ['1{,}234.5', '1234.5'],
    ['11,\\! 111', '11111'],
    ['12\\,345', '12345'],
    ['(1,234)', '(1, 234)'],
    ['1,2,3', '1, 2, 3'],
    ['.5', '0.5'],
    ['2.5E2', '250'],
    ['1e-3', '1/1000'],
    ['2e-1', '2 * e - 1'],
    ['0.1\\overline{6}', '1/6'],
    ['\\$1,000.00', '\\$1000.00'],
    ['28\\%', '28%'],
    ['28 percent', '28%'],
    ['90^\\circ', '90^\\circ'],
    ['5 \\text{ meters}', '5 \\text{m}'],
    ['9\\text{ cm}^2', '9 \\text{cm^2}'],
    ['204_5', '204_5'],
    ['100 km/h', '100 \\text{km/h}'],
    ['5\\,\\mathrm{m}\\,\\mathrm{s}^{-1}', '5 \\text{m s^-1}'],
    ['**42**', '42'],
    ['1.5 million', '1.5 * 1000000'],
    ['25 °C', '25 \\text{°C}'],
  ])('reads the number %s', (source, expected) => {
    expect(canonical(source)).toBe(expected);
  });

  it.each<Case>([
    ['x^2+1', 'x^{2} + 1'],
    ['-x^2', '-x^{2}'],
    ['2^3^2', '2^{3^{2}}'],
    ['x²', 'x^{2}'],
    ['x^2\\frac{1}{2}', 'x^{2} * (1/2)'],
    ['\\log_2 \\frac18', '\\log_{2}(1/8)'],
    ['x_1^2', 'x_1^{2}'],
    ['x^2_{12}', 'x_{12}^{2}'],
    ['2x2', '2 * x * 2'],
    ['a/bc', 'a/(b * c)'],
    ['\\sqrt[3]{x}', '\\sqrt[3]{x}'],
    ['sqrt(2)/2', 'sqrt(2)/2'],
    ['2√3', '2 * sqrt(3)'],
    ['2*pi', '2 * pi'],
    ['|x||y|', '\\lvert x \\rvert * \\lvert y \\rvert'],
    ['||x||y||', '\\lvert \\lvert x \\rvert * \\lvert y \\rvert \\rvert'],
    ['\\left\\vertx\\right\\vert', '\\lvert x \\rvert'],
    ['1 \\pm \\sqrt{19}', '1 \\pm sqrt(19)'],
    ['17 \\bmod 5', '17 \\bmod 5'],
    ['x \\equiv 3 \\pmod{7}', 'x \\equiv 3 \\bmod 7'],
    ['\\binom{n}{2}', '\\binom{n}{2}'],
  ])('reads the formula %s', (source, expected) => {
    expect(canonical(source)).toBe(expected);
  });

  it.each<Case>([
    ['\\sin x \\cos y', '\\operatorname{sin}(x) * \\operatorname{cos}(y)'],
    ['\\sin^2 x', '\\operatorname{sin}(x)^{2}'],
    ['\\sin^{-1} x', '\\arcsin(x)'],
    ['\\cos 2\\pi/7', '\\operatorname{cos}(2 * pi/7)'],
    ['\\ln xy', 'ln(x * y)'],
    ['\\log_2 8', '\\log_{2}(8)'],
    ['\\log x', '\\log_{10}(x)'],
    ['sin(x)^2', '\\operatorname{sin}(x)^{2}'],
    ['\\max(9,876,543)', '\\max(9, 876, 543)'],
    ['f(x+1)', 'f(x + 1)'],
    ['x(x+1)', 'x * (x + 1)'],
    ['\\lfloor 2.5 \\rfloor', '\\operatorname{floor}(2.5)'],
    ['\\int_0^1 x^2 dx', '\\int_{0}^{1} x^{2} dx'],
    ['\\int \\frac{dz}{z}', '\\int (1/z) dz'],
    ['\\sum_{i=0}^{n} i \\cdot x', '\\sum_{i = 0}^{n} (i * x)'],
    ['\\lim_{x \\to 3^{+}} a', '\\lim_{x \\to 3^{+}} a'],
    ['\\frac{d}{dx} x^2', '\\frac{d}{dx} x^{2}'],
  ])('reads the function %s', (source, expected) => {
    expect(canonical(source)).toBe(expected);
  });

  it.each<Case>([
    ['(1, 2)', '(1, 2)'],
    ['[1, 2)', '[1, 2)'],
    ['(1, \\infty)', '(1, \\infty)'],
    [']0, 1[', '(0, 1)'],
    ['(0,1) \\cup [2,3]', '(0, 1) \\cup [2, 3]'],
    ['\\left\\{1,2\\right\\}', '\\{1, 2\\}'],
    ['{1,2} \\setminus {2}', '\\{1, 2\\} \\setminus \\{2\\}'],
    ['\\{x \\mid x > 0\\}', '\\{x \\mid x > 0\\}'],
    ['\\emptyset', '\\emptyset'],
    ['\\mathbb{R}', '\\mathbb{R}'],
    ['1;2;3', '1, 2, 3'],
    ['1,2;3,4', '(1, 2), (3, 4)'],
    ['6 \\text{ and } 8', '6, 8'],
    ['k = 1,2,3', 'k = 1, 2, 3'],
    ['x=1 \\text{ or } x=2', 'x = 1 or x = 2'],
    ['1 < x \\le 2', '1 < x <= 2'],
    ['x \\not\\in \\{1\\}', 'x \\notin \\{1\\}'],
    ['x \\not= 1', 'x != 1'],
    ['\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}', '\\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}'],
    ['\\boxed{x = 5}', 'x = 5'],
    ['\\text{no solution}', '\\text{no solution}'],
    ['no solution', '\\text{no solution}'],
    ['\\text{(C)}', 'C'],
  ])('reads the collection or statement %s', (source, expected) => {
    expect(canonical(source)).toBe(expected);
  });

  it.each([
    ['', 'it is empty'],
    ['x +', 'expected a value at its end'],
    ['(1, 2', 'expected a closing bracket at its end'],
    ['1 2', 'two numbers stand side by side'],
    ['🙂', 'expected a value at "🙂" (character 1)'],
    ['x'.repeat(20_001), 'it is longer than 20000 characters'],
    ['-('.repeat(3000), 'it is nested deeper than 500 levels'],
    ['10^{9E99999}', 'an exponent in it is too large'],
  ])('says why it cannot read %.20s', (source, problem) => {
    expect(parseExpression(source)).toEqual({ problem });
  });

  it('reads brackets around brackets however deep, and 400 fractions in each other', () => {
    expect(canonical(`${'('.repeat(3000)}7${')'.repeat(3000)}`)).toBe('7');
    expect(parseExpression(`${'\\frac{1}{'.repeat(400)}7${'}'.repeat(400)}`)).toHaveProperty(
      'expression.kind',
      'divide',
    );
  });

  it('reads a decimal comma only when told', () => {
    expect(canonical('12,5')).toBe('12, 5');
    expect(parseExpression('12,5', { decimalComma: true })).toHaveProperty('expression.value.numerator', 25n);
  });
});
