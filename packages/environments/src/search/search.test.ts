import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Task } from '@rlloom/spec';
import { testTool } from '@rlloom/spec/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RetrievalServer, startRetrievalServer } from './retrieval-server.ts';
import { searchTool } from './search-tool.ts';

const documents = [
  { id: 'oslo', contents: 'Oslo\nOslo is the capital of Norway. It lies at a fjord.' },
  { id: 'bergen', contents: 'Bergen\nBergen is a city on the west coast of Norway.' },
  { id: 'lima', contents: 'Lima\nLima is the capital of Peru.' },
];
const task: Task = { id: 'a', tag: 'question', messages: [] };
let server: RetrievalServer;

beforeAll(async () => {
  server = await startRetrievalServer({ documents });
});
afterAll(async () => {
  await server.close();
  await server.close();
});

testTool('search', () => ({
  tool: searchTool({ url: server.url, attempts: 1 }),
  task,
  validArguments: { query_list: ['capital of Norway'] },
}));

const post = async (body: unknown): Promise<{ status: number; answer: unknown }> => {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
};
const search = async (options: Partial<Parameters<typeof searchTool>[0]>, ...queries: string[]) => {
  const { signal } = new AbortController();
  const session = await searchTool({ url: server.url, retryDelayMs: 1, ...options }).create({
    task,
    kwargs: {},
    seed: 1,
    signal,
  });
  return session.execute({ query_list: queries }, { kwargs: {}, signal });
};

describe('startRetrievalServer', () => {
  it('speaks the protocol of Search-R1', async () => {
    const { answer } = await post({ queries: ['city Norway', 'Peru'], topk: 2, return_scores: true });
    const { result } = answer as { result: { document: { id: string; contents: string }; score: number }[][] };
    expect(result.map((found) => found.map(({ document }) => document.id))).toEqual([['bergen', 'oslo'], ['lima']]);
    expect(result[0]?.[0]?.document).toEqual(documents[1]);
    expect(result[0]?.[0]?.score).toBeGreaterThan(result[0]?.[1]?.score ?? Number.NaN);
    expect((await post({ queries: ['Peru'] })).answer).toEqual({ result: [[documents[2]]] });
    expect((await post({ queries: ['zebra'], return_scores: true })).answer).toEqual({ result: [[]] });
  });

  it('refuses what is no request', async () => {
    expect((await post({ queries: 'Peru' })).status).toBe(400);
    expect((await post({ queries: [] })).status).toBe(400);
    expect((await post({ queries: ['a'], topk: 0 })).status).toBe(400);
  });

  it('says why it cannot start', async () => {
    await expect(startRetrievalServer({ documents: [documents[0]!, documents[0]!] })).rejects.toThrow(
      /1 documents share/,
    );
    const { port } = new URL(server.url);
    await expect(startRetrievalServer({ documents, port: Number(port) })).rejects.toThrow(/cannot listen/);
  });
});

describe('searchTool', () => {
  it('shows documents as Search-R1 does', async () => {
    expect(await search({ topK: 1 }, 'fjord', 'Peru', 'zebra')).toEqual({
      content:
        'Doc 1 (Title: Oslo)\nOslo is the capital of Norway. It lies at a fjord.\n---\nDoc 1 (Title: Lima)\nLima is the capital of Peru.\n---\nNo documents were found.',
      metrics: { queries: 3, documents: 2 },
    });
  });

  it('asks a service again that is busy, and says what failed', async () => {
    let asked = 0;
    const busy = createServer((_, response) => {
      asked += 1;
      response.statusCode = asked === 1 ? 503 : asked === 2 ? 200 : 404;
      response.end(asked === 2 ? '{"result": [[{"contents": "T\\ntext"}]]}' : 'not now');
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}/retrieve`;
    expect((await search({ url }, 'x')).content).toBe('Doc 1 (Title: T)\ntext');
    expect(asked).toBe(2);
    await expect(search({ url }, 'x')).rejects.toThrow('the search failed: it answered 404: not now');
    await new Promise((resolve) => busy.close(resolve));
    await expect(search({ url, attempts: 2 }, 'x')).rejects.toThrow(/ECONNREFUSED/);
  });
});
