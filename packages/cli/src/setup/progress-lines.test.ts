import { expect, it } from 'vitest';
import { showSteps, type StepProgress } from './progress-lines.ts';

const work: StepProgress[] = [
  { step: 'tools', state: 'reused', message: 'looking for tools' },
  { step: 'wheel', state: 'started', message: 'fetching the library' },
  { step: 'wheel', state: 'running', message: 'fetching the library', bytes: 1_000_000, totalBytes: 4_000_000 },
  { step: 'wheel', state: 'finished', message: 'fetching the library', bytes: 4_000_000 },
];

function shown(isTTY: boolean): string {
  let text = '';
  const show = showSteps({ isTTY, write: (part) => (text += part) });
  for (const progress of work) show(progress);
  return text;
}

it('writes a line at the start and the end of a step into a log', () => {
  expect(shown(false)).toBe(
    ['✓ looking for tools  (done before)', '… fetching the library', '✓ fetching the library  4 MB', ''].join('\n'),
  );
});

it('counts on one line in a terminal', () => {
  const line = (text: string): string => `\r\u001b[2K${text}`;
  expect(shown(true)).toBe(
    [
      '✓ looking for tools  (done before)\n',
      line('… fetching the library'),
      line('… fetching the library  1 MB of 4 MB'),
      line('✓ fetching the library  4 MB'),
      '\n',
    ].join(''),
  );
});
