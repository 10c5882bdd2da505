import { z } from 'zod';

// The protocol of Search-R1's retrieval server.

/** What `POST /retrieve` takes. */
export const retrievalRequest = z.object({
  queries: z.array(z.string().max(10_000)).min(1).max(64),
  topk: z.int().min(1).max(100).nullish(),
  return_scores: z.boolean().nullish(),
});

const document = z.looseObject({ contents: z.string() });

/** What it answers: per query the best documents, with scores when they were asked for. */
export const retrievalResponse = z.object({
  result: z.array(z.array(z.union([z.looseObject({ document, score: z.number() }), document]))),
});

/** One document: its first line is its title. */
export interface RetrievalDocument {
  readonly id: string;
  readonly contents: string;
}
