import { describe, expect, it } from 'vitest';
import { parseAnswer } from './parse-answer.ts';
import { formatRational } from './rational.ts';

function parse(text: string): string {
  const answer = parseAnswer(text);
  if (answer.kind === 'text') return `text:${answer.text}`;
  const scaled = answer.scaled === undefined ? '' : ` or ${formatRational(answer.scaled)}`;
  return `${formatRational(answer.value)}${scaled}`;
}

describe('parseAnswer', () => {
  it.each([
    ['24', '24'],
    [' $24$. ', '24'],
    ['**24**', '24'],
    ['`24`', '24'],
    ['\\(24\\)', '24'],
    ['\\boxed{\\text{24}}', '24'],
    ['$1,000.99', '100099/100'],
    ['1,000.99€', '100099/100'],
    ['\\$18', '18'],
    ['24 clips', '24'],
    ['24\\text{ clips}', '24'],
    ['5 km/h', '5'],
    ['5\\,\\text{cm}^2', '5'],
    ['90^\\circ', '90'],
    ['20 °C', '20'],
    ['3 1/2 cups of flour', '7/2'],
    ['5th', '5'],
    ['about 5', '5'],
    ['x = 5', '5'],
    ['x_1 = \\frac{1}{2}', '1/2'],
    ['f(2) = 5', '5'],
    ['\\text{Total} = 3 + 4 = 7', '7'],
    ['48/2 = 24', '24'],
    ['10/3 = 3.33', '333/100'],
    ['x \\approx 11', '11'],
    ['1/3 \\approx 0.33', '1/3'],
    ['|3 - 5| = 2', '2'],
    ['((((7))))', '7'],
    [`${'('.repeat(3000)}7${')'.repeat(3000)}`, '7'],
    ['28\\%', '28 or 7/25'],
    ['28 percent', '28 or 7/25'],
    ['5 million dollars', '5 or 5000000'],
    ['-0', '0'],
  ])('%s is the number %s', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it.each([
    ['', 'text:'],
    ['7, 8, 9', 'text:7,8,9'],
    ['7 or 8', 'text:7or8'],
    ['7 \\text{ or } 8', 'text:7or8'],
    ['\\text{7 (correct)}', 'text:7(correct)'],
    ['6 < 8', 'text:6<8'],
    ['8 = 7', 'text:8=7'],
    ['10/3 = 3.34', 'text:10/3=3.34'],
    ['0/0 = 7', 'text:0/0=7'],
    ['2x = 10', 'text:2x=10'],
    ['x^2 + 1 = 0', 'text:x^2+1=0'],
    ['5x', 'text:5x'],
    ['5xy', 'text:5xy'],
    ['2\\pi', 'text:2\\pi'],
    ['(1,234)', 'text:(1,234)'],
    ['12:00', 'text:12:00'],
    ['\\pm 2021', 'text:\\pm2021'],
    ['\\text{(C)}', 'text:C'],
    ['\uff17', 'text:\uff17'],
    ['\\infty', 'text:\\infty'],
  ])('%s is no number', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it('says why', () => {
    expect(parseAnswer('8 = 7')).toMatchObject({ reason: 'the sides of its equation differ' });
    expect(parseAnswer('7 or 8')).toMatchObject({ reason: '"or 8" after the number is not a unit' });
    expect(parseAnswer('1'.repeat(20_000))).toMatchObject({ reason: 'it is longer than 10000 characters' });
    expect(parseAnswer('\\frac{1}{0}')).toMatchObject({ reason: 'division by zero' });
  });

  it('keeps how many decimals were written', () => {
    expect(parseAnswer('0.3333')).toMatchObject({ decimals: 4 });
    expect(parseAnswer('1/3')).toMatchObject({ decimals: undefined });
  });
});
