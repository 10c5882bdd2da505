import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest';

// A passing test prints nothing: a stray console call is a defect of the code or of the test.
let spies: MockInstance<(...messages: unknown[]) => void>[] = [];
beforeEach(() => {
  spies = (['log', 'warn', 'error', 'info'] as const).map((method) => vi.spyOn(console, method));
});
afterEach(() => {
  const calls = spies.flatMap((spy) => spy.mock.calls);
  for (const spy of spies) spy.mockRestore();
  expect(calls, 'unexpected console output').toEqual([]);
});
