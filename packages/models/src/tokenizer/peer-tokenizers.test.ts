import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differencesFromPeer, type PeerTokenizer } from '../testing/check-peer-tokenizer.ts';
import { differencesFromPeerChat, type PeerChats } from '../testing/check-peer-chats.ts';
import { tokenizerFromFiles } from '../testing/tokenizer-from-files.ts';
import type { PretrainedTokenizer } from './pretrained-tokenizer.ts';

const data = fileURLToPath(new URL('../../testing-data/', import.meta.url));
const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')) as unknown;
const kinds = (await readdir(join(data, 'tokenizers'))).filter((name) => name !== 'chats.json');
const open = (peer: PeerTokenizer, config: object = {}): Promise<PretrainedTokenizer> =>
  tokenizerFromFiles({
    'tokenizer.json': JSON.stringify(peer.tokenizer),
    'tokenizer_config.json': JSON.stringify(config),
  });

describe.each(kinds)('%s', async (name) => {
  const peer = (await read(join(data, 'tokenizers', name))) as PeerTokenizer;
  const tokenizer = await open(peer);
  const cleaning = await open(peer, { clean_up_tokenization_spaces: true });

  it("has Python's ids, offsets and texts", () => {
    expect(peer.encodings.length).toBeGreaterThan(20);
    expect(differencesFromPeer(tokenizer, peer)).toEqual([]);
  });

  // The tokens of text, and tokens that no text has.
  const tokens = fc.oneof(
    fc.array(fc.nat(tokenizer.vocabularySize + 1), { maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => [...tokenizer.encode(text)]),
    fc
      .array(fc.constantFrom(..." .,!?n'tsremv"), { maxLength: 20 })
      .map((parts) => [...tokenizer.encode(parts.join(''))]),
  );

  it.each([false, true])('decodes a stream to the text of all tokens (clean-up: %s)', (cleansUp) => {
    const source = cleansUp ? cleaning : tokenizer;
    fc.assert(
      fc.property(tokens, fc.boolean(), (ids, skipSpecialTokens) => {
        const stream = source.decodeStream({ skipSpecialTokens });
        let state = stream.start;
        let text = '';
        for (const id of ids) {
          const before = structuredClone(state);
          const step = stream.push(state, [id]);
          expect(state).toEqual(before);
          expect(step.text).not.toMatch(/\p{Surrogate}/u);
          text += step.text;
          state = step.state;
        }
        expect(text + stream.end(state)).toBe(source.decode(ids, { skipSpecialTokens }));
      }),
    );
  });

  it('places every token of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const { tokens: ids, offsets } = tokenizer.encodeWithOffsets(text, { addSpecialTokens: false });
        expect(offsets.length).toBe(ids.length);
        for (const [index, [start, end]] of offsets.entries()) {
          expect(start).toBeGreaterThanOrEqual(offsets[index - 1]?.[0] ?? 0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });
});

describe('chats', async () => {
  const chats = (await read(join(data, 'tokenizers', 'chats.json'))) as PeerChats;
  const { tokenizer } = (await read(join(data, 'tokenizers', 'qwen.json'))) as PeerTokenizer;

  it.each(Object.keys(chats.templates))("the template %s says what transformers' says", async (name) => {
    const opened = await tokenizerFromFiles(
      {
        'tokenizer.json': JSON.stringify(tokenizer),
        'tokenizer_config.json': JSON.stringify({
          bos_token: '<|im_start|>',
          eos_token: '<|im_end|>',
          chat_template: chats.templates[name],
        }),
      },
      { now: () => new Date(chats.now) },
    );
    const cases = chats.cases.filter(({ template }) => template === name);
    expect(cases.length).toBeGreaterThan(0);
    expect(cases.flatMap((chat) => differencesFromPeerChat(opened, chat))).toEqual([]);
  });
});

const python = process.env['RLLOOM_PEER_PYTHON'];
describe.skipIf(python === undefined)('other texts, by RLLOOM_PEER_PYTHON', () => {
  it("has Python's ids, offsets and texts", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rlloom-tokenizers-'));
    try {
      const options = ['--seed', String(Date.now()), '--random-texts', '200'];
      await promisify(execFile)(python as string, [join(data, 'make_tokenizers.py'), folder, ...options]);
      for (const name of kinds) {
        const peer = (await read(join(folder, name))) as PeerTokenizer;
        expect(differencesFromPeer(await open(peer), peer)).toEqual([]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 300_000);
});
