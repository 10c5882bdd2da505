import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { testAttacks } from './attack.ts';

// What the attacks reach for: a secret in the environment, files, and servers that tell when somebody comes.
const secret = 'rlloom-secret-of-the-host';
process.env['RLLOOM_TEST_SECRET'] = secret;
const folder = mkdtempSync(join(tmpdir(), 'rlloom-host-'));
const file = join(folder, 'secret.txt');
writeFileSync(file, secret, { mode: 0o666 });
let visits = 0;
const visited = (): void => {
  visits += 1;
};
const tcp = await listening(createServer(visited), { host: '0.0.0.0', port: 0 });
const local = join(folder, 'socket');
const unix = await listening(createServer(visited), { path: local });
const udp = createSocket('udp4', visited);
await new Promise<void>((resolve) => udp.bind(0, '0.0.0.0', resolve));
const tcpPort = (tcp.address() as { port: number }).port;
const udpPort = udp.address().port;

async function listening(server: Server, where: { host: string; port: number } | { path: string }): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(where, resolve));
  return server;
}

afterAll(() => {
  delete process.env['RLLOOM_TEST_SECRET'];
  for (const server of [tcp, unix, udp]) server.close();
  rmSync(folder, { recursive: true });
});

const silent = ({ stdout, stderr }: { stdout: string; stderr: string }): void => {
  expect(stdout + stderr).not.toContain(secret);
};

testAttacks([
  {
    name: 'files of the host',
    code: `for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/root/.ssh", "/root", "/home", "/var/log", "/sys/kernel", "${folder}", "${file}"):
  tried(lambda: os.listdir(path) if os.path.isdir(path) else open(path).read())`,
    stdout: 'held\n'.repeat(10),
    holds: silent,
  },
  {
    name: 'files of the host by way of other names',
    code: `for path in ("/tmp/../..${file}", "/proc/1/root${file}", "/proc/self/root${file}", "/proc/%d/root${file}" % os.getppid(), "/proc/self/cwd/../${file}", "/dev/fd/../../..${file}"):
  tried(lambda: print(open(path).read()))`,
    stdout: 'held\n'.repeat(6),
    holds: silent,
  },
  {
    name: 'changing files of the host',
    code: `for work in (lambda: open("${file}", "w"), lambda: os.truncate("${file}", 0), lambda: os.unlink("${file}"), lambda: os.rename("${file}", "x"), lambda: os.link("${file}", "y"), lambda: open("${folder}/new", "w")): tried(work)
try: os.chmod("${folder}", 0)
except OSError: pass`,
    stdout: 'held\n'.repeat(6),
    holds: () => {
      expect(readFileSync(file, 'utf8')).toBe(secret);
    },
  },
  {
    name: 'changing the system',
    code: 'for path in ("/usr/bin/rlx", "/usr/lib/rlx", "/etc/rlx", "/bin/rlx", "/rlx", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/self/mem/x", "/sys/rlx", "/dev/rlx", "/var/tmp/rlx", "/run/rlx", "/home/rlx"):\n  tried(lambda: open(path, "w"))',
    stdout: 'held\n'.repeat(13),
  },
  {
    name: 'the environment of the host',
    code: 'print(sorted(k for k in os.environ if "SECRET" in k or "TOKEN" in k or "KEY" in k))\nfor pid in range(1, 5000):\n  try: print(open("/proc/%s/environ" % pid).read())\n  except OSError: pass',
    holds: silent,
  },
  {
    name: 'the environment of the host from JavaScript',
    language: 'javascript',
    code: 'console.log(Object.keys(process.env).sort().join()); for (const p of ["/proc/1/environ", `/proc/${process.ppid}/environ`]) { try { console.log(require("fs").readFileSync(p, "utf8")) } catch {} }',
    holds: silent,
  },
  {
    name: 'other processes of the host',
    code: 'try: print([p for p in os.listdir("/proc") if p.isdigit() and int(p) > 100])\nexcept PermissionError: print([])',
    stdout: '[]\n',
  },
  {
    name: 'a server of the host, by TCP',
    code: `for host in ("127.0.0.1", "localhost", "0.0.0.0", "::1"): tried(lambda: socket.create_connection((host, ${tcpPort}), 2))`,
    stdout: 'held\n'.repeat(4),
  },
  {
    name: 'a server of the host, by UDP',
    code: `tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", ${udpPort})))`,
  },
  {
    name: 'a socket file of the host',
    code: `tried(lambda: socket.socket(socket.AF_UNIX).connect("${local}"))\ntried(lambda: socket.socket(socket.AF_UNIX).connect("\\0rlloom-abstract"))`,
    stdout: 'held\nheld\n',
  },
  {
    name: 'the internet',
    code: 'tried(lambda: socket.create_connection(("1.1.1.1", 53), 2))\ntried(lambda: socket.getaddrinfo("example.com", 80))\ntried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53)))\ntried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))\ntried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))',
    stdout: 'held\n'.repeat(5),
  },
  {
    name: 'the internet from JavaScript',
    language: 'javascript',
    code: `require("net").connect(${tcpPort}, "127.0.0.1").on("error", () => console.log("held")).on("connect", () => console.log("through"));`,
    stdout: 'held\n',
  },
  {
    name: 'the internet from bash',
    language: 'bash',
    code: `(exec 3<>/dev/tcp/127.0.0.1/${tcpPort}) 2>/dev/null && echo through || echo held`,
    stdout: 'held\n',
  },
  {
    name: 'signals to the host',
    code: `for s in (0, 9): tried(lambda: os.kill(${process.pid}, s))`,
    stdout: 'held\nheld\n',
  },
]);

it('had no visitors', () => {
  expect(visits).toBe(0);
});
