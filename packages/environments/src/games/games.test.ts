import type { Message, Task } from '@rlloom/spec';
import { testInteraction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { gridWorld } from './grid-world.ts';
import { numberGuessGame } from './number-guess.ts';

const task: Task = { id: 'game', tag: 'game', messages: [{ role: 'user', content: 'Play.' }] };
const { signal } = new AbortController();
const said = (content: string): Message[] => [{ role: 'assistant', content }];

testInteraction('number_guess', () => ({ interaction: numberGuessGame(), task, turns: ['5', '7', '9', '2'] }));
testInteraction('grid_world', () => ({ interaction: gridWorld(), task, turns: ['up', 'right', 'down', 'left'] }));

describe('numberGuessGame', () => {
  const open = (kwargs: Record<string, unknown>, id = 'a') =>
    numberGuessGame({ maxGuesses: 3 }).start({ task: { ...task, id }, kwargs, seed: 1, signal });

  it('says higher, lower, and that it is found', async () => {
    const game = await open({ low: 1, high: 9, secret: 6 });
    expect(await game.generateResponse(said('I say 3'), { signal })).toMatchObject({
      done: false,
      reply: 'higher',
      score: 0,
    });
    expect(await game.generateResponse(said('8'), { signal })).toMatchObject({ done: false, reply: 'lower' });
    expect(await game.generateResponse(said('not 5 but 6'), { signal })).toEqual({
      ...{ done: true, reply: 'lower', score: 1 },
      metrics: { guesses: 3, found: 1 },
    });
  });

  it('ends with the last guess, and takes what is no number for one', async () => {
    const game = await open({ low: 1, high: 9, secret: 6 });
    for (const [index, text] of ['', '44', 'x'].entries()) {
      expect(await game.generateResponse(said(text), { signal })).toMatchObject({
        ...{ done: index === 2, reply: 'Guess a number of the range.', score: 0 },
      });
    }
  });

  it('seeks one number in all samples of a task, and refuses a broken record', async () => {
    const find = async (id: string): Promise<number> => {
      for (let guess = 1; guess <= 10; guess++) {
        const game = await open({}, id);
        if ((await game.generateResponse(said(String(guess)), { signal })).score === 1) return guess;
      }
      return 0;
    };
    const secrets = await Promise.all(['a', 'a', 'b', 'c', 'd', 'e'].map(find));
    expect(secrets[0]).toBe(secrets[1]);
    expect(new Set(secrets).size).toBeGreaterThan(1);
    expect(secrets).not.toContain(0);
    await expect(open({ low: 5, high: 2 })).rejects.toThrow(/task "a"/);
    await expect(open({ low: 'x' })).rejects.toThrow(/whole numbers/);
  });
});

describe('gridWorld', () => {
  const open = (map?: readonly string[], id = 'a') =>
    gridWorld({ maxMoves: 5 }).start({
      task: { ...task, id },
      kwargs: map === undefined ? {} : { map },
      seed: 1,
      signal,
    });

  it('moves, stops at walls, and ends at the goal', async () => {
    const world = await open(['P#G', '...']);
    expect(world.opening?.[0]?.content).toBe('P#G\n...');
    const steps = [];
    for (const move of ['right', 'Down', 'go right', 'right', 'not left, up']) {
      steps.push(await world.generateResponse(said(move), { signal }));
    }
    expect(steps.map(({ score }) => score)).toEqual([-0.1, -0.05, -0.05, -0.05, 1]);
    expect(steps[1]?.reply).toBe('.#G\nP..');
    expect(steps.at(-1)).toMatchObject({ done: true, metrics: { moves: 5, reached_goal: 1 } });
  });

  it('ends in a hole, at the bound, and minds no other words', async () => {
    const hole = await open(['PO', '.G']);
    expect(await hole.generateResponse(said('right'), { signal })).toMatchObject({ done: true, score: -1 });
    const lost = await open(['PO', '.G']);
    for (let move = 1; move <= 5; move++) {
      expect(await lost.generateResponse(said('upside'), { signal })).toMatchObject({ done: move === 5, score: -0.1 });
    }
  });

  it('draws one world for all samples of a task, and the goal is within reach', async () => {
    const screens = await Promise.all(
      ['a', 'a', 'b', 'c'].map(async (id) => (await open(undefined, id)).opening?.[0]?.content ?? ''),
    );
    expect(screens[0]).toBe(screens[1]);
    expect(new Set(screens).size).toBeGreaterThan(2);
    for (const screen of screens) expect(screen.split('O')).toHaveLength(3);
    await expect(open(['..'])).rejects.toThrow(/needs a player P and a goal G/);
  });
});
