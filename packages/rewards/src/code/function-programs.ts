/**
 * Programs that call one function of a solution with given arguments and print what it returns, one line
 * `nonce JSON` for each call. They are no secret to the solution: what is expected stays on the host, so the most a
 * solution can forge is an answer it does not know.
 *
 * Input: JSON `{ nonce, code, name, calls }`. A line is `{ value }` or `{ error }`; the first line `{ loaded }` says
 * whether the function is there. Numbers JSON cannot write travel as `{ $number: text }`.
 */
export const pythonFunctionProgram = String.raw`
import os, sys, json
job = json.loads(sys.stdin.buffer.read())
out = os.dup(1)
null = os.open('/dev/null', os.O_RDWR)
os.dup2(null, 0)
os.dup2(null, 1)

def say(d):
    data = (job['nonce'] + ' ' + json.dumps(d) + '\n').encode()
    while data:
        data = data[os.write(out, data):]

def safe(v, depth=0):
    if depth > 100:
        raise ValueError('the value is nested too deeply')
    if v is None or isinstance(v, (bool, str)):
        return v
    if isinstance(v, int):
        return {'$number': str(int(v))} if abs(v) >= 10 ** 15 else int(v)
    if isinstance(v, float):
        return float(v) if v - v == 0 else {'$number': repr(float(v))}
    if isinstance(v, dict):
        return {str(k): safe(x, depth + 1) for k, x in v.items()}
    if isinstance(v, (set, frozenset)):
        try:
            v = sorted(v)
        except TypeError:
            v = list(v)
    if isinstance(v, (list, tuple)) or hasattr(v, '__iter__'):
        return [safe(x, depth + 1) for x in v]
    raise TypeError('a %s cannot be written as JSON' % type(v).__name__)

def given(v):
    if isinstance(v, list):
        return [given(x) for x in v]
    if isinstance(v, dict):
        if list(v) == ['$number']:
            return int(v['$number'])
        return {k: given(x) for k, x in v.items()}
    return v

def load():
    space = type(sys)('solution')
    sys.modules['solution'] = space
    exec(compile(job['code'], 'solution.py', 'exec'), space.__dict__)
    f = getattr(space, job['name'], None)
    if f is None:
        holder = getattr(space, 'Solution', None)
        if holder is None:
            raise NameError('%s is not defined' % job['name'])
        return lambda *a: getattr(holder(), job['name'])(*a)
    return f

def why(e):
    return '%s: %s' % (type(e).__name__, str(e)[:500])

try:
    f = load()
except BaseException as e:
    say({'loaded': False, 'error': why(e)})
    os._exit(0)
say({'loaded': True})
for args in job['calls']:
    try:
        say({'value': safe(f(*given(args)))})
    except BaseException as e:
        say({'error': why(e)})
os._exit(0)
`;

/**
 * The same in JavaScript, for any engine with `console.log`: the solution stands in the same script, so that its
 * functions are in scope, and the calls are written into it.
 *
 * @param job `name` must be an identifier; `calls` is JSON
 */
export function javascriptFunctionProgram(
  code: string,
  job: { readonly nonce: string; readonly name: string; readonly calls: string },
): string {
  return `const rlloomCalls = ${JSON.stringify(job.calls)};
${withoutExports(code)}
;(async (f) => {
  const say = (line) => console.log(${JSON.stringify(job.nonce)} + ' ' + JSON.stringify(line));
  const safe = (v) => {
    if (typeof v === 'number') {
      if (Number.isNaN(v)) return { $number: 'nan' };
      if (!Number.isFinite(v)) return { $number: v > 0 ? 'inf' : '-inf' };
      return Number.isInteger(v) && Math.abs(v) >= 1e15 ? { $number: String(BigInt(v)) } : v;
    }
    if (typeof v === 'bigint') return v > 999999999999999n || v < -999999999999999n ? { $number: String(v) } : Number(v);
    if (v === undefined) return null;
    if (v instanceof Map) return Object.fromEntries([...v].map(([k, x]) => [String(k), safe(x)]));
    if (Array.isArray(v) || v instanceof Set) return [...v].map(safe);
    if (typeof v === 'object' && v !== null) return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, safe(x)]));
    return v;
  };
  const given = (v) => {
    if (Array.isArray(v)) return v.map(given);
    if (typeof v !== 'object' || v === null) return v;
    const keys = Object.keys(v);
    if (keys.length === 1 && keys[0] === '$number') return BigInt(v.$number);
    return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, given(x)]));
  };
  const why = (e) => String(e && e.name) + ': ' + String(e && e.message).slice(0, 500);
  if (f === undefined) return say({ loaded: false, error: ${JSON.stringify(`${job.name} is not defined`)} });
  say({ loaded: true });
  for (const args of JSON.parse(rlloomCalls)) {
    try {
      say({ value: safe(await f(...given(args))) });
    } catch (e) {
      say({ error: why(e) });
    }
  }
})(
  typeof ${job.name} === 'function'
    ? ${job.name}
    : typeof Solution === 'function'
      ? (...a) => new Solution()[${JSON.stringify(job.name)}](...a)
      : undefined,
);
`;
}

/** A script cannot export; its functions are in scope anyway. */
export function withoutExports(code: string): string {
  return code
    .replace(/^export\s+default\s+(?=(?:async\s+)?function\b|class\b)/gm, '')
    .replace(/^export\s+(?=(?:async\s+)?function\b|class\b|const\b|let\b|var\b)/gm, '')
    .replace(/^export\s*\{[^}]*\}\s*;?\s*$/gm, '');
}
