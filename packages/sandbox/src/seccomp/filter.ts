import {
  absentCalls,
  argumentCalls,
  auditNumbers,
  callNumber,
  type FilterArchitecture,
  forbiddenCalls,
  metadataCalls,
} from './syscalls.ts';

/** Where the program runs: decides what the filter has to hold by itself. */
export interface FilterOptions {
  readonly architecture: FilterArchitecture;
  /** Inside a network namespace of its own sockets of the internet and of unix are harmless; without one none is. */
  readonly ownNetwork: boolean;
  /** Without file systems of its own a program may not change modes, owners and times. */
  readonly ownFiles: boolean;
  /** Inside a process namespace nobody else can be signalled; without one a program may not leave its group. */
  readonly ownProcesses: boolean;
  /** Whether something else keeps signals inside: a process namespace, or landlock since Linux 6.12. */
  readonly ownSignals: boolean;
}

/** One instruction of classic BPF: code, two jumps (instructions to skip), operand. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

const load = 0x20;
const jumpEqual = 0x15;
const jumpGreaterOrEqual = 0x35;
const jumpAnySet = 0x45;
const answer = 0x06;

const allow = 0x7fff0000;
const kill = 0x80000000;
const errno = (number: number): number => 0x00050000 | number;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Offsets in `struct seccomp_data`; arguments are 64 bits, low half first. */
const offset = { call: 0, architecture: 4, argument: (index: number): number => 16 + 8 * index } as const;

/** CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const namespaceFlags = 0x7e020080;
const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10];
/** Put characters into the terminal's input; the console's paste. */
const [TIOCSTI, TIOCLINUX] = [0x5412, 0x541c];

const signalCalls = ['tkill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_send_signal'] as const;

/**
 * A seccomp filter as the kernel reads it: 8 bytes per instruction, for `bwrap --seccomp` or `PR_SET_SECCOMP`.
 * Everything is allowed but what is listed: programs in four languages need some 150 calls, and a list of those would
 * break with the next C library.
 */
export function seccompFilter(options: FilterOptions): Buffer {
  const program = [...prologue(options.architecture), ...lists(options), ...argumentRules(options)];
  program.push([answer, 0, 0, allow]);
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  }
  return bytes;
}

function prologue(architecture: FilterArchitecture): Instruction[] {
  const program: Instruction[] = [
    [load, 0, 0, offset.architecture],
    [jumpEqual, 1, 0, auditNumbers[architecture]],
    [answer, 0, 0, kill],
    [load, 0, 0, offset.call],
  ];
  // The numbers of x32, a second door to the same calls.
  if (architecture === 'x64') program.push([jumpGreaterOrEqual, 0, 1, 0x40000000], [answer, 0, 0, errno(ENOSYS)]);
  return program;
}

function lists({ architecture, ownFiles }: FilterOptions): Instruction[] {
  const rules = (calls: typeof forbiddenCalls, error: number): Instruction[] =>
    Object.values(calls).flatMap((numbers) => {
      const number = callNumber(numbers, architecture);
      return number === null ? [] : refuse(number, error);
    });
  return [...rules(forbiddenCalls, EPERM), ...rules(absentCalls, ENOSYS), ...(ownFiles ? [] : rules(metadataCalls, 0))];
}

function argumentRules({ architecture, ownNetwork, ownProcesses, ownSignals }: FilterOptions): Instruction[] {
  const number = (name: keyof typeof argumentCalls): number => callNumber(argumentCalls[name], architecture) as number;
  const families = ownNetwork ? [AF_UNIX, AF_INET, AF_INET6] : [];
  return [
    ...when(number('clone'), [
      [load, 0, 0, offset.argument(0)],
      [jumpAnySet, 0, 1, namespaceFlags],
      [answer, 0, 0, errno(EPERM)],
    ]),
    ...when(number('socket'), onlyArgument(0, families, EAFNOSUPPORT)),
    ...when(number('socketpair'), onlyArgument(0, [AF_UNIX], EAFNOSUPPORT)),
    // The limits of other processes, the supervisor's above all.
    ...when(number('prlimit64'), onlyArgument(0, [0], EPERM)),
    ...when(number('ioctl'), [
      [load, 0, 0, offset.argument(1)],
      [jumpEqual, 1, 0, TIOCSTI],
      [jumpEqual, 0, 1, TIOCLINUX],
      [answer, 0, 0, errno(EPERM)],
    ]),
    // Its own group is all a program may then signal; `raise` and `abort` end it all the same.
    ...(ownSignals
      ? []
      : [
          ...when(number('kill'), onlyArgument(0, [0], EPERM)),
          ...signalCalls.flatMap((name) => refuse(number(name), EPERM)),
        ]),
    ...(ownProcesses ? [] : [...refuse(number('setsid'), EPERM), ...refuse(number('setpgid'), EPERM)]),
  ];
}

/** Answers a call with an error; the number of the call is in the accumulator, before and after. */
function refuse(call: number, error: number): Instruction[] {
  return [
    [jumpEqual, 0, 1, call],
    [answer, 0, 0, errno(error)],
  ];
}

/** Refuses a call whose argument is none of `values`. */
function onlyArgument(index: number, values: readonly number[], error: number): Instruction[] {
  return [
    [load, 0, 0, offset.argument(index)],
    ...values.map((value, at): Instruction => [jumpEqual, values.length - at, 0, value]),
    [answer, 0, 0, errno(error)],
  ];
}

/** Runs `body` for one call, then has the number of the call in the accumulator again. */
function when(call: number, body: readonly Instruction[]): Instruction[] {
  return [[jumpEqual, 0, body.length + 1, call], ...body, [load, 0, 0, offset.call]];
}
