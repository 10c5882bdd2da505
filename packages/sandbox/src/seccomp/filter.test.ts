import { describe, expect, it } from 'vitest';
import { type FilterOptions, seccompFilter } from './filter.ts';
import { absentCalls, argumentCalls, auditNumbers, callNumber, forbiddenCalls, metadataCalls } from './syscalls.ts';

const allow = 0x7fff0000;
const refuse = (error: number): number => 0x50000 + error;
const bubblewrap = { ownNetwork: true, ownFiles: true, ownProcesses: true, ownSignals: true };
const landlock = { ownNetwork: false, ownFiles: false, ownProcesses: false, ownSignals: false };

/** What the kernel would answer: runs the instructions on the `seccomp_data` of a call. */
function answerOf(filter: Buffer, audit: number, [call, ...first]: readonly [number, ...number[]]): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of first.entries()) data.writeUInt32LE(value, 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, ifTrue, ifFalse] = [filter.readUInt16LE(at), filter.readUInt8(at + 2), filter.readUInt8(at + 3)];
    const operand = filter.readUInt32LE(at + 4);
    if (code === 0x06) return operand;
    if (code === 0x20) accumulator = data.readUInt32LE(operand);
    else {
      const holds = {
        0x15: accumulator === operand,
        0x35: accumulator >= operand,
        0x45: (accumulator & operand) !== 0,
      }[code];
      if (holds === undefined) throw new Error(`instruction ${code}`);
      at += 8 * (holds ? ifTrue : ifFalse);
    }
  }
  throw new Error('no answer');
}

describe.each(['x64', 'arm64'] as const)('the filter for %s', (architecture) => {
  const audit = auditNumbers[architecture];
  const ask = (options: Omit<FilterOptions, 'architecture'>, name: keyof typeof argumentCalls, ...first: number[]) =>
    answerOf(seccompFilter({ ...options, architecture }), audit, [
      argumentCalls[name][architecture === 'x64' ? 0 : 1],
      ...first,
    ]);

  it('refuses what is listed and allows what is not', () => {
    for (const options of [bubblewrap, landlock]) {
      const filter = seccompFilter({ ...options, architecture });
      const answers = (calls: typeof forbiddenCalls): number[] =>
        Object.values(calls)
          .map((numbers) => callNumber(numbers, architecture))
          .filter((number) => number !== null)
          .map((number) => answerOf(filter, audit, [number]));
      expect(new Set(answers(forbiddenCalls))).toEqual(new Set([refuse(1)]));
      expect(new Set(answers(absentCalls))).toEqual(new Set([refuse(38)]));
      expect(new Set(answers(metadataCalls))).toEqual(new Set([options.ownFiles ? allow : refuse(0)]));
      // read, write and exit_group
      for (const number of architecture === 'x64' ? [0, 1, 231] : [63, 64, 94]) {
        expect(answerOf(filter, audit, [number])).toBe(allow);
      }
    }
  });

  it('kills calls of another architecture', () => {
    expect(answerOf(seccompFilter({ ...bubblewrap, architecture }), 0x40000003, [20])).toBe(0x80000000);
  });

  it('lets clone make threads and processes but no namespaces', () => {
    expect(ask(bubblewrap, 'clone', 0x3d0f00)).toBe(allow);
    expect(ask(bubblewrap, 'clone', 0x1200011)).toBe(allow);
    for (const flag of [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(ask(bubblewrap, 'clone', flag + 17)).toBe(refuse(1));
    }
  });

  it('allows sockets by their family', () => {
    expect([1, 2, 10, 16, 17, 40].map((family) => ask(bubblewrap, 'socket', family))).toEqual([
      allow,
      allow,
      allow,
      ...[97, 97, 97].map(refuse),
    ]);
    expect([1, 2, 10].map((family) => ask(landlock, 'socket', family))).toEqual([97, 97, 97].map(refuse));
    expect([1, 2].map((family) => ask(landlock, 'socketpair', family))).toEqual([allow, refuse(97)]);
  });

  it('keeps limits, terminals and signals to the program itself', () => {
    expect([0, 1].map((pid) => ask(bubblewrap, 'prlimit64', pid))).toEqual([allow, refuse(1)]);
    expect([0x5401, 0x5412, 0x541c].map((request) => ask(bubblewrap, 'ioctl', 0, request))).toEqual([
      allow,
      refuse(1),
      refuse(1),
    ]);
    expect([0, 1, 0xffffffff].map((pid) => ask(landlock, 'kill', pid))).toEqual([allow, refuse(1), refuse(1)]);
    expect(ask(bubblewrap, 'kill', 1)).toBe(allow);
    expect([ask(landlock, 'tgkill', 1), ask(landlock, 'setsid'), ask(landlock, 'setpgid')]).toEqual(
      [1, 1, 1].map(refuse),
    );
    expect([ask(bubblewrap, 'tgkill', 1), ask(bubblewrap, 'setsid')]).toEqual([allow, allow]);
  });
});
