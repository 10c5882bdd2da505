import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { listenForInterrupts } from './interrupt.ts';

function setUp() {
  const exits: number[] = [];
  const written: string[] = [];
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const interrupts = listenForInterrupts(source, { write: (text) => written.push(text) });
  return { source, exits, written, interrupts };
}

it('asks for a stop at the first interrupt and ends the process at the second', () => {
  const { source, exits, written, interrupts } = setUp();
  expect(interrupts.signal.aborted).toBe(false);
  source.emit('SIGINT');
  expect(interrupts.signal.aborted).toBe(true);
  expect(exits).toEqual([]);
  expect(written.join('')).toContain('Press Ctrl-C again');
  source.emit('SIGTERM');
  expect(exits).toEqual([130]);
});

it('leaves interrupts to the system once the command is done', () => {
  const { source, interrupts } = setUp();
  interrupts.stop();
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
});
