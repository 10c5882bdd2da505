import type { JsonCall, JsonServer } from './json-server.ts';
import { ServerFailure } from './server-failure.ts';

/** Part of an answer as it came. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * An object inside an answer.
 *
 * @throws ServerFailure `answer` when it is none
 */
export function asObject(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new ServerFailure('answer', `the answer has no ${what}`);
}

/**
 * A list inside an answer.
 *
 * @throws ServerFailure `answer` when it is none
 */
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new ServerFailure('answer', `the answer has no ${what}`);
}

/**
 * A number inside an answer.
 *
 * @throws ServerFailure `answer` when it is none
 */
export function asNumber(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  throw new ServerFailure('answer', `the answer has no ${what}`);
}

/** Spans of weight versions, where the answer has them. */
export function readVersions(value: unknown): { version: string; start: number; end: number }[] {
  if (!Array.isArray(value)) return [];
  return value.map((span) => {
    const { version, start, end } = asObject(span, 'span of weight versions');
    return { version: String(version), start: asNumber(start, 'start'), end: asNumber(end, 'end') };
  });
}

/** The `weight_version` that an endpoint tells; `undefined` where there is none. */
export async function readWeightVersion(
  server: JsonServer,
  path: string,
  call: Pick<JsonCall, 'timeoutMs' | 'signal'>,
): Promise<string | undefined> {
  const { status, body } = await server.request({ ...call, method: 'GET', path });
  const version = status === 200 ? (body as Json | undefined)?.['weight_version'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
