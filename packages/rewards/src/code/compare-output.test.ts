import { describe, expect, it } from 'vitest';
import { type OutputRules, outputsMatch } from './compare-output.ts';
import { parseJsonValue, valuesMatch } from './compare-values.ts';

const rules = (whitespace: OutputRules['whitespace'], floatTolerance: number | null = null): OutputRules => ({
  whitespace,
  floatTolerance,
});

describe('outputsMatch', () => {
  it.each([
    // got, expected, then which of exact, end, line-ends, tokens accept it
    ['1\n', '1\n', true, true, true, true],
    ['1\n', '1', false, true, true, true],
    ['1\n\n', '1', false, true, true, true],
    ['1 \n2', '1\n2', false, false, true, true],
    ['1\r\n2\r\n', '1\n2', false, false, true, true],
    [' 1', '1', false, false, false, true],
    ['1\n2', '1 2', false, false, false, true],
    ['1  2', '1 2', false, false, false, true],
    ['12', '1 2', false, false, false, false],
    ['', '\n', false, true, true, true],
    ['Yes', 'yes', false, false, false, false],
  ] as const)('%j and %j', (got, expected, ...accepted) => {
    const kinds = ['exact', 'end', 'line-ends', 'tokens'] as const;
    expect(kinds.map((kind) => outputsMatch(got, expected, rules(kind)))).toEqual(accepted);
  });

  it.each([
    ['0.3333333', '0.33333333', 1e-6, true],
    ['0.333', '0.33333333', 1e-6, false],
    ['1000000.5', '1000001', 1e-6, true],
    ['1e3', '1000.0', 1e-9, true],
    ['x 1.0000001 y', 'x 1 y', 1e-6, true],
    ['x 1.0 z', 'x 1 y', 1e-6, false],
    ['nan', '1', 1e-6, false],
    ['inf', '1e999', 1e-6, false],
    ['0x10', '16', 1e-6, false],
    ['1 2', '1', 1e-6, false],
  ] as const)('%s is %s within %f: %s', (...row) => {
    const [got, expected, tolerance, same] = row;
    expect(outputsMatch(got, expected, rules('line-ends', tolerance))).toBe(same);
  });
});

describe('valuesMatch', () => {
  const same = (left: string, right: string, tolerance: number | null = null): boolean =>
    valuesMatch(parseJsonValue(left)?.value, parseJsonValue(right)?.value, tolerance);

  it.each([
    ['[1, {"a": null}]', '[1.0, {"a": null}]', true],
    ['{"a": 1, "b": 2}', '{"b": 2, "a": 1}', true],
    ['{"a": 1}', '{"a": 1, "b": 2}', false],
    ['{"__proto__": 1}', '{}', false],
    ['[1]', '{"0": 1}', false],
    ['[]', 'null', false],
    ['1', '"1"', false],
    ['12345678901234567890', '12345678901234567891', false],
    ['[12345678901234567890]', '[12345678901234567890]', true],
    ['"12345678901234567890"', '"12345678901234567890"', true],
  ])('%s and %s', (left, right, expected) => {
    expect(same(left, right)).toBe(expected);
  });

  it('takes a tolerance for numbers at any depth', () => {
    expect(same('[[0.1]]', '[[0.1000001]]', 1e-6)).toBe(true);
    expect(same('[[0.1]]', '[[0.1000001]]')).toBe(false);
  });

  it('reads no JSON as nothing', () => {
    expect(parseJsonValue('{')).toBeUndefined();
    expect(parseJsonValue('')).toBeUndefined();
  });
});
