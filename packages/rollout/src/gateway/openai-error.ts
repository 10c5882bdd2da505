import { isRlloomError } from '@rlloom/spec';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** An error that is answered to a caller, in OpenAI's words. */
export class OpenAiError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly param: string | null;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    statusCode: number,
    {
      message,
      code,
      param = null,
      retryAfterSeconds,
    }: {
      readonly message: string;
      readonly code: string;
      readonly param?: string | null;
      readonly retryAfterSeconds?: number;
    },
  ) {
    super(message);
    this.name = 'OpenAiError';
    this.statusCode = statusCode;
    this.code = code;
    this.param = param;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The error of a parameter that the engine cannot honour: it is refused rather than overlooked. */
export function unsupported(param: string, message: string): OpenAiError {
  return new OpenAiError(400, { message: `${param}: ${message}`, code: 'unsupported_parameter', param });
}

/** What is answered for an error. */
export interface ErrorAnswer {
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;
  readonly body: {
    readonly error: {
      readonly message: string;
      readonly type: string;
      readonly param: string | null;
      readonly code: string | null;
    };
  };
}

/** Any error in OpenAI's shape. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof OpenAiError) {
    const { statusCode, code, param, retryAfterSeconds, message } = error;
    return { statusCode, retryAfterSeconds, body: bodyOf({ statusCode, message, code, param }) };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const param = first?.instancePath.slice(1).replaceAll('/', '.') ?? null;
    const message = `${param ? `${param}: ` : ''}${first?.message ?? error.message}`;
    return {
      statusCode: 400,
      retryAfterSeconds: undefined,
      body: bodyOf({ statusCode: 400, message, code: null, param }),
    };
  }
  if (isRlloomError(error)) {
    // What a prompt is wrong in, the caller can mend; the rest is the engine's.
    const statusCode = error.kind === 'data' || error.kind === 'config' ? 400 : 500;
    const message = error.fix === undefined ? error.what : `${error.what} (${error.fix})`;
    return {
      statusCode,
      retryAfterSeconds: undefined,
      body: bodyOf({ statusCode, message, code: error.kind, param: null }),
    };
  }
  const { statusCode = 500, message } = error as { readonly statusCode?: number; readonly message: string };
  return { statusCode, retryAfterSeconds: undefined, body: bodyOf({ statusCode, message, code: null, param: null }) };
}

interface ErrorFields {
  readonly statusCode: number;
  readonly message: string;
  readonly code: string | null;
  readonly param: string | null;
}

function bodyOf({ statusCode, message, code, param }: ErrorFields): ErrorAnswer['body'] {
  return {
    error: {
      message,
      type: types.get(statusCode) ?? (statusCode < 500 ? 'invalid_request_error' : 'server_error'),
      param,
      code,
    },
  };
}

const types: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [429, 'rate_limit_error'],
]);
