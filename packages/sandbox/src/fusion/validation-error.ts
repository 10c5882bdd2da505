/** What a validator says is wrong, as fastify carries it. */
interface Finding {
  /** The code of an issue of zod. */
  readonly keyword: string;
  /** Where, e.g. `/files/a.txt`. */
  readonly instancePath: string;
  readonly message?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One problem of a request, as FastAPI writes it. */
export interface FastApiProblem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
}

/** What is wrong with a body, in the shape of FastAPI's status 422. */
export function fastApiProblems(findings: readonly Finding[], body: unknown): FastApiProblem[] {
  return findings.map(({ keyword, instancePath, message = 'Value error', params }) => {
    const names = instancePath.split('/').filter((name) => name !== '');
    const path = names.map((name) => (/^\d+$/.test(name) ? Number(name) : name));
    const input = valueAt(body, path);
    const loc = ['body', ...path];
    const { values } = params;
    if (input === undefined) {
      return { type: 'missing', loc, msg: 'Field required', input: valueAt(body, path.slice(0, -1)) };
    }
    if (Array.isArray(values)) return literalProblem(loc, input, values.map(String));
    return { type: types[keyword] ?? 'value_error', loc, msg: message, input };
  });
}

/** A value that is none of those known. */
export function literalProblem(loc: (string | number)[], input: unknown, values: readonly string[]): FastApiProblem {
  const quoted = values.map((value) => `'${value}'`);
  const list = quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)!}` : (quoted[0] ?? 'nothing');
  return { type: 'literal_error', loc, msg: `Input should be ${list}`, input };
}

const types: Readonly<Partial<Record<string, string>>> = {
  invalid_type: 'type_error',
  too_big: 'less_than_equal',
  too_small: 'greater_than_equal',
};

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}
