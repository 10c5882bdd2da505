import { describeEnd, type SandboxResult } from '@rlloom/sandbox';
import { type EfficiencyReport, type EfficiencySample, scoreEfficiency } from './efficiency-score.ts';
import { isTimeout, NoVerdict, type RunContext, runProgram } from './run-limits.ts';

/** What is timed. */
export interface EfficiencySubject {
  readonly solution: string;
  readonly reference: string;
  /** The function called; without one, the program reads what `make_input` returns on stdin. */
  readonly functionName: string | undefined;
  /** Python that defines `make_input(n)`: a tuple of arguments, or the text of stdin. */
  readonly makeInput: string;
  readonly n: number;
}

/** A report, and a line for people. */
export interface MeasuredEfficiency extends EfficiencyReport {
  readonly reason: string;
}

/**
 * Compares the processor time of a correct Python solution with that of the reference, on inputs of size n, 2n and 4n,
 * each in a run of its own on this machine. Time is taken by the sandbox, not by the program, less that of a run that
 * does everything but the call. A solution that reaches the time limit, or answers other than the reference there, has
 * score 0.
 *
 * @throws NoVerdict when the sandbox cannot measure time, or the reference fails
 */
export async function measureEfficiency(context: RunContext, subject: EfficiencySubject): Promise<MeasuredEfficiency> {
  const samples: EfficiencySample[] = [];
  for (const n of [subject.n, 2 * subject.n, 4 * subject.n]) {
    const reference = await timeOf(context, subject, { code: subject.reference, n });
    if (typeof reference === 'string') throw new NoVerdict(`the reference solution fails at n = ${n}: ${reference}`);
    const solution = await timeOf(context, subject, { code: subject.solution, n });
    if (typeof solution === 'string') return worthless(`at n = ${n} ${solution}`);
    if (solution.answer !== reference.answer) return worthless(`at n = ${n} it answers other than the reference`);
    samples.push({ n, solutionMs: solution.milliseconds, referenceMs: reference.milliseconds });
  }
  const report = scoreEfficiency(samples, context.config.efficiency);
  const sizes = samples.map(
    ({ n, solutionMs, referenceMs }) => `n=${n}: ${round(solutionMs)}/${round(referenceMs)} ms`,
  );
  const reason = `efficiency: ${round(report.ratio)} times the reference (${sizes.join(', ')}; growth n^${round(report.growth)} beyond it)`;
  return { ...report, reason };
}

function worthless(what: string): MeasuredEfficiency {
  return { score: 0, ratio: Infinity, growth: 0, reason: `efficiency: ${what}` };
}

interface Timing {
  readonly milliseconds: number;
  /** A digest of what it answered. */
  readonly answer: string;
}

async function timeOf(
  context: RunContext,
  { functionName, makeInput }: EfficiencySubject,
  { code, n }: { readonly code: string; readonly n: number },
): Promise<Timing | string> {
  const times: number[] = [];
  let answer = '';
  for (const call of [false, true]) {
    const stdin = JSON.stringify({ code, name: functionName ?? null, makeInput, n, call });
    const result = await runProgram(context, { language: 'python', code: timingProgram, stdin });
    if (result.end !== 'exited' || result.exitCode !== 0) return failure(result);
    if (result.cpuMs === null) throw new NoVerdict('this sandbox does not measure processor time');
    times.push(result.cpuMs);
    answer = result.stdout;
  }
  return { milliseconds: times[1]! - times[0]!, answer };
}

function failure(result: SandboxResult): string {
  return isTimeout(result) ? describeEnd(result) : `the program failed: ${describeEnd(result)}`;
}

function round(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : 'infinitely many';
}

/**
 * Prints a digest of the answer; decimals count to six digits, and sets in any order. Told not to call, it does
 * everything else, and its time is taken off.
 */
const timingProgram = String.raw`
import os, sys, json, io, hashlib
job = json.loads(sys.stdin.buffer.read())
tools = {'__name__': 'make_input'}
exec(compile(job['makeInput'], 'make_input.py', 'exec'), tools)
given = tools['make_input'](job['n'])
out = os.dup(1)
os.dup2(os.open('/dev/null', os.O_RDWR), 1)

def canonical(v):
    if isinstance(v, float):
        return '%.6g' % v
    if isinstance(v, (set, frozenset)):
        return sorted(map(canonical, v), key=str)
    if isinstance(v, dict):
        return sorted(((canonical(k), canonical(x)) for k, x in v.items()), key=str)
    if isinstance(v, (list, tuple)):
        return [canonical(x) for x in v]
    return v

answer = None
code = compile(job['code'], 'solution.py', 'exec')
if job['name'] is None:
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    sys.stdout = io.StringIO()
    if job['call']:
        exec(code, {'__name__': '__main__'})
        answer = sys.stdout.getvalue().split()
else:
    space = type(sys)('solution')
    sys.modules['solution'] = space
    exec(code, space.__dict__)
    holder = getattr(space, 'Solution', None)
    f = getattr(space, job['name'], None) or getattr(holder(), job['name'])
    if job['call']:
        answer = f(*given)
os.write(out, hashlib.sha1(repr(canonical(answer)).encode()).hexdigest().encode())
os._exit(0)
`;
