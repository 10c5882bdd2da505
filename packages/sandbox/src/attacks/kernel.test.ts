import { testAttacks, type Attack } from './attack.ts';

/** Calls that open more of the kernel than a program needs, with arguments that would be right or harmless. */
const refused: Readonly<Record<string, readonly [x64: number, arm64: number, arguments: string, error: string]>> = {
  'unshare, user namespace': [272, 97, '0x10000000', 'EPERM'],
  'unshare, mount namespace': [272, 97, '0x20000', 'EPERM'],
  'unshare, network namespace': [272, 97, '0x40000000', 'EPERM'],
  'clone, user namespace': [56, 220, '0x10000011, 0, 0, 0, 0', 'EPERM'],
  'clone3, which hides its flags': [435, 435, 'bytes(88), 88', 'ENOSYS'],
  setns: [308, 268, '0, 0', 'EPERM'],
  mount: [165, 40, 'b"none", b"/tmp", b"tmpfs", 0, 0', 'EPERM'],
  umount: [166, 39, 'b"/proc", 2', 'EPERM'],
  pivot_root: [155, 41, 'b"/tmp", b"/tmp"', 'EPERM'],
  chroot: [161, 51, 'b"/tmp"', 'EPERM'],
  open_tree: [428, 428, '-100, b"/", 1', 'EPERM'],
  fsopen: [430, 430, 'b"tmpfs", 0', 'EPERM'],
  mount_setattr: [442, 442, '-100, b"/usr", 0, bytes(32), 32', 'EPERM'],
  keyctl: [250, 219, '0, -3, 0', 'EPERM'],
  add_key: [248, 217, 'b"user", b"x", b"y", 1, -2', 'EPERM'],
  request_key: [249, 218, 'b"user", b"x", 0, -2', 'EPERM'],
  bpf: [321, 280, '0, bytes(72), 72', 'EPERM'],
  perf_event_open: [298, 241, 'bytes(128), 0, -1, -1, 0', 'EPERM'],
  userfaultfd: [323, 282, '1', 'EPERM'],
  io_uring_setup: [425, 425, '8, bytes(120)', 'EPERM'],
  init_module: [175, 105, 'b"x", 1, b""', 'EPERM'],
  kexec_load: [246, 104, '0, 0, 0, 0', 'EPERM'],
  reboot: [169, 142, '0xfee1dead, 672274793, 0, 0', 'EPERM'],
  swapon: [167, 224, 'b"/tmp/x", 0', 'EPERM'],
  acct: [163, 89, 'b"/tmp/x"', 'EPERM'],
  syslog: [103, 116, '3, bytes(100), 100', 'EPERM'],
  settimeofday: [164, 170, 'bytes(16), 0', 'EPERM'],
  clock_settime: [227, 112, '0, bytes(16)', 'EPERM'],
  sethostname: [170, 161, 'b"x", 1', 'EPERM'],
  open_by_handle_at: [304, 265, '-100, bytes(16), 0', 'EPERM'],
  name_to_handle_at: [303, 264, '-100, b"/", bytes(128), bytes(8), 0', 'EPERM'],
  fanotify_init: [300, 262, '0, 0', 'EPERM'],
  kcmp: [312, 272, 'os.getpid(), os.getppid(), 0, 0, 0', 'EPERM'],
  process_madvise: [440, 440, '0, 0, 0, 0, 0', 'EPERM'],
  move_pages: [279, 239, '0, 0, 0, 0, 0, 0', 'EPERM'],
  memfd_secret: [447, 447, '0', 'ENOSYS'],
  mq_open: [240, 180, 'b"x", 66, 384, 0', 'ENOSYS'],
  quotactl: [179, 60, '0, 0, 0, 0', 'EPERM'],
};

const calls = Object.entries(refused).map(
  ([name, [x64, arm64, values, error]]): Attack => ({
    name: `the call ${name}`,
    code: `print(call(${x64} if os.uname().machine == "x86_64" else ${arm64}, ${values}))`,
    stdout: `${error}\n`,
  }),
);

const families = { netlink: 16, packet: 17, vsock: 40, alg: 38, bluetooth: 31, can: 29, tipc: 30, xdp: 44 };

testAttacks([
  ...calls,
  ...Object.entries(families).map(
    ([name, family]): Attack => ({
      name: `a socket of the family ${name}`,
      code: `print(call(41 if os.uname().machine == "x86_64" else 198, ${family}, 3, 0))`,
      stdout: 'EAFNOSUPPORT\n',
    }),
  ),
  {
    name: 'calls by the second table of x86-64',
    code: 'print(call(0x40000000 + 39) if os.uname().machine == "x86_64" else "ENOSYS")',
    stdout: 'ENOSYS\n',
  },
  ...(process.arch === 'x64'
    ? [
        {
          name: 'calls of 32 bits',
          // mov eax, 20; int 0x80; ret
          code: 'import mmap\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")\nctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()',
          ends: ['signal'] as const,
        },
      ]
    : []),
  {
    name: 'typing into the terminal of the host',
    code: 'import fcntl\nfor n in (0, 1, 2): tried(lambda: fcntl.ioctl(n, 0x5412, b"x"))\ntried(lambda: os.open("/dev/tty", os.O_RDWR))',
    stdout: 'held\n'.repeat(4),
  },
  {
    name: 'becoming somebody else',
    code: 'for f in (os.setuid, os.setgid, os.seteuid, os.setegid): tried(lambda: f(0))\ntried(lambda: os.setgroups([0]))\nprint(_libc.prctl(39, 0, 0, 0, 0))',
    stdout: /^(held\n){5}1\n$/,
  },
  {
    name: 'programs with the bit of another user',
    code: 'r = [subprocess.run([p, "-c", "id -u"], capture_output=True, stdin=subprocess.DEVNULL).stdout for p in ("/usr/bin/su", "/usr/bin/sudo", "/usr/bin/pkexec") if os.path.exists(p)]\nprint(any(x.strip() == b"0" for x in r))',
    stdout: 'False\n',
  },
  {
    name: 'capabilities',
    code: 'import struct\ndata = ctypes.create_string_buffer(24)\nprint(_libc.capget(struct.pack("=Ii", 0x20080522, 0), data), data.raw[:16].strip(b"\\0"))',
    stdout: /^0 b''\n$/,
    isolations: ['bubblewrap'],
  },
  {
    name: 'a core dump',
    code: 'import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))\ntried(lambda: resource.setrlimit(resource.RLIMIT_CORE, (1, 1)))',
    stdout: '(0, 0)\nheld\n',
  },
  {
    name: 'devices',
    code: 'import stat\nfor n in (1, 8): tried(lambda: os.mknod("d%d" % n, stat.S_IFBLK | 0o600, os.makedev(n, 0)))\nfor n in ("sda", "vda", "mem", "kmsg", "kvm", "fuse", "net/tun", "loop-control"): tried(lambda: os.open("/dev/" + n, os.O_RDWR))',
    stdout: 'held\n'.repeat(10),
  },
]);
