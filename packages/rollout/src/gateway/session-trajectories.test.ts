import type { Message, Trajectory } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { createCallTree, type RecordedCall, type SampledAnswer } from './call-tree.ts';
import { sessionTrajectories } from './session-trajectories.ts';
import { pairToken, pairTokenizer } from './testing/scripted-policy.ts';

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const answer = (text: string, more: Partial<SampledAnswer> = {}): SampledAnswer => {
  const tokens = Int32Array.from([...text], (character) => character.codePointAt(0)!);
  return {
    message: assistant(text.replace(/\$$/u, '')),
    tokens,
    logProbs: Float32Array.from(tokens, () => -0.5),
    policyVersions: Int32Array.from(tokens, () => 3),
    stopReason: 'eos',
    ...more,
  };
};

/** A session that is asked and answers; trajectories as text, what trains in braces. */
function session() {
  const tree = createCallTree(pairTokenizer);
  let ids = 0;
  return {
    tree,
    plan: (messages: readonly Message[]) =>
      tree.plan({ text: pairTokenizer.renderChat(messages, { addGenerationPrompt: true }), messages }),
    call(messages: readonly Message[], given: SampledAnswer): RecordedCall {
      return tree.add(this.plan(messages), { id: `call ${ids++}`, ...given });
    },
    trajectories: (more: object = {}): readonly Trajectory[] =>
      sessionTrajectories(
        tree.calls,
        { taskId: 't', tag: 'x', sampleIndex: 0, episodeId: 'e', scores: new Map(), ...more },
        pairTokenizer,
      ),
    texts(): string[] {
      return this.trajectories().map(({ tokens, lossMask }) =>
        Array.from(tokens, (token, index) => {
          const text = pairTokenizer.decode([token]);
          return lossMask[index] === 1 ? `{${text}}` : text;
        })
          .join('')
          .replaceAll('}{', ''),
      );
    },
  };
}

describe('sessionTrajectories', () => {
  it('joins the calls of a conversation, and trains on what was sampled alone', () => {
    const one = session();
    one.call([user('hi')], answer('a1$'));
    one.call([user('hi'), assistant('a1'), user('go')], answer('b$'));
    expect(one.texts()).toEqual(['[user]hi$[assistant]{a1$}[user]go$[assistant]{b$}']);
    const [trajectory] = one.trajectories();
    expect(trajectory).toMatchObject({ promptLength: 20, responseText: 'a1\nb', stopReason: 'eos' });
    expect(trajectory!.turns.map(({ author }) => author)).toEqual(['prompt', 'policy', 'environment', 'policy']);
    expect(trajectory!.conversation).toEqual([assistant('a1'), user('go'), assistant('b')]);
    expect(trajectory).not.toHaveProperty('episodeId');
    const trained = [...trajectory!.lossMask].filter(Boolean).length;
    expect(trained).toBe(5);
    expect([...trajectory!.policyVersions].filter((version) => version === 3)).toHaveLength(5);
    expect([...trajectory!.rolloutLogProbs].filter((logProb) => logProb === -0.5)).toHaveLength(5);
  });

  it('keeps the tokens that were sampled where the text of a history has others', () => {
    const one = session();
    one.call([user('n')], answer('12$'));
    const history = [user('n'), assistant('12'), user('12')];
    // The history as text has the pair twice; the policy wrote the first as two tokens.
    expect(
      [...pairTokenizer.encodeChat(history, { addGenerationPrompt: true })].filter((id) => id === pairToken),
    ).toHaveLength(2);
    const { promptTokens, parent } = one.plan(history);
    expect(parent).toBe(one.tree.calls[0]);
    expect([...promptTokens].filter((id) => id === pairToken)).toHaveLength(1);
    expect(pairTokenizer.decode(promptTokens)).toBe('[user]n$[assistant]12$[user]12$[assistant]');
    one.call(history, answer('c$'));
    expect(one.texts()).toEqual(['[user]n$[assistant]{12$}[user]12$[assistant]{c$}']);
  });

  it('takes space that a template writes otherwise for the same text', () => {
    const one = session();
    one.call([user('n')], answer(' a \n$'));
    one.call([user('n'), assistant(' a \n'), user('m')], answer('b$'));
    expect(one.texts()).toEqual(['[user]n$[assistant]{ a \n$}[user]m$[assistant]{b$}']);
    const spaced = session();
    spaced.call([user('n')], answer('a$'));
    spaced.call([user(' n'), assistant('a'), user('m')], answer('b$'));
    expect(spaced.texts()).toHaveLength(2);
  });

  it('begins another trajectory where the agent changed the answer, or left out what was before', () => {
    const changed = session();
    changed.call([user('n')], answer('ab$'));
    changed.call([user('n'), assistant('abc'), user('m')], answer('d$'));
    changed.call([user('m')], answer('e$'));
    expect(changed.texts()).toEqual([
      '[user]n$[assistant]{ab$}',
      '[user]n$[assistant]abc$[user]m$[assistant]{d$}',
      '[user]m$[assistant]{e$}',
    ]);
    expect(changed.trajectories().map(({ episodeId }) => episodeId)).toEqual(['e', 'e', 'e']);
    expect(changed.trajectories().map(({ isAnswer }) => isAnswer)).toEqual([false, false, true]);
  });

  it('lets a cut answer go on: what the template ends it with does not train', () => {
    const one = session();
    one.call([user('n')], answer('ab', { stopReason: 'length' }));
    one.call([user('n'), assistant('ab'), user('m')], answer('c$'));
    expect(one.texts()).toEqual(['[user]n$[assistant]{ab}$[user]m$[assistant]{c$}']);
  });

  it('drops the stop string that the agent did not see from what follows', () => {
    const one = session();
    one.call([user('n')], answer('ab;', { message: assistant('ab'), stopReason: 'stop', tokensBeforeStop: 2 }));
    expect(one.texts()).toEqual(['[user]n$[assistant]{ab;}']);
    one.call([user('n'), assistant('ab'), user('m')], answer('c$'));
    expect(one.texts()).toEqual(['[user]n$[assistant]{ab}$[user]m$[assistant]{c$}']);
  });

  it('trains what branches share once', () => {
    const one = session();
    one.call([user('n')], answer('a$'));
    const history = [user('n'), assistant('a'), user('m')];
    one.call(history, answer('b$'));
    one.call(history, answer('c$'));
    expect(one.texts()).toEqual([
      '[user]n$[assistant]{a$}[user]m$[assistant]{b$}',
      '[user]n$[assistant]a$[user]m$[assistant]{c$}',
    ]);
    // The next call goes on from the answer it holds.
    one.call([...history, assistant('b'), user('o')], answer('d$'));
    expect(one.texts()).toEqual([
      '[user]n$[assistant]{a$}[user]m$[assistant]{c$}',
      '[user]n$[assistant]a$[user]m$[assistant]{b$}[user]o$[assistant]{d$}',
    ]);
  });

  it('takes back what nobody got, unless something goes on from it', () => {
    const one = session();
    const first = one.call([user('n')], answer('a$'));
    const lost = one.call([user('m')], answer('b$'));
    one.call([user('n'), assistant('a'), user('m')], answer('c$'));
    one.tree.remove(lost);
    one.tree.remove(first);
    expect(one.texts()).toEqual(['[user]n$[assistant]{a$}[user]m$[assistant]{c$}']);
  });

  it('compares tools by what they are called with, not by how it is written', () => {
    const called = (given: string): Message => ({
      ...assistant(''),
      toolCalls: [{ id: given.slice(0, 2), type: 'function', function: { name: 'add', arguments: given } }],
    });
    const one = session();
    const text = '<tool_call>{"name":"add","arguments":{"a":1,"b":2}}</tool_call>$';
    one.call([user('n')], answer(text, { message: called('{"a":1,"b":2}') }));
    const plan = one.plan([user('n'), called('{"a": 1, "b": 2}'), { role: 'tool', content: '3' }]);
    expect(pairTokenizer.decode(plan.promptTokens)).toBe(`[user]n$[assistant]${text}[tool]3$[assistant]`);
    expect(one.plan([user('n'), called('{"a": 1, "b": 3}'), { role: 'tool', content: '3' }]).parent).toBeUndefined();
  });

  it('gives scores to turns, and the reward of the whole to the last of each trajectory', () => {
    const one = session();
    const first = one.call([user('n')], answer('a$'));
    one.call([user('n'), assistant('a'), user('m')], answer('b$'));
    one.call([user('o')], answer('c$'));
    expect(one.trajectories().map(({ turnScores }) => turnScores)).toEqual([undefined, undefined]);
    const scores = new Map([[first.id, 0.25]]);
    expect(one.trajectories({ scores, reward: 1 }).map(({ turnScores }) => turnScores)).toEqual([[0.25, 1], [1]]);
    expect(one.trajectories({ scores }).map(({ turnScores }) => turnScores)).toEqual([[0.25, null], undefined]);
    expect(one.trajectories({ failure: 'boom' })[0]).toMatchObject({ failure: 'boom' });
  });

  it('is empty without calls, and nothing goes on from an empty answer', () => {
    const one = session();
    expect(one.trajectories()).toEqual([]);
    one.call([user('n')], answer('', { stopReason: 'stop' }));
    one.call([user('n'), assistant(''), user('m')], answer('b$'));
    expect(one.texts()).toEqual(['[user]n$[assistant]', '[user]n$[assistant]$[user]m$[assistant]{b$}']);
  });
});
