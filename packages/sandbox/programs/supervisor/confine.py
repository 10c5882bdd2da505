"""
What a child lays on itself where no namespace is to be had: landlock for files, TCP and (since Linux 6.12) signals,
seccomp for all other network and for what landlock does not know.
"""

import os


def confine(folder, readable, seccomp):
    # Bubblewrap does without this, and importing it costs 4 ms.
    import ctypes
    import struct

    libc = ctypes.CDLL(None, use_errno=True)

    def call(*values):
        result = libc.syscall(*[ctypes.c_long(value) if isinstance(value, int) else value for value in values])
        if result < 0:
            raise OSError(ctypes.get_errno(), 'landlock')
        return result

    abi = call(444, None, 0, 1)
    execute, write_file, read_file, read_folder = 1, 2, 4, 8
    known = (1 << (16 if abi >= 5 else 15)) - 1
    attributes = struct.pack('=QQQ', known, 3, 3)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = call(444, attributes, len(attributes), 0)

    def permit(path, rights):
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        call(445, ruleset, 1, struct.pack('=Qi', rights & known, descriptor), 0)
        os.close(descriptor)

    for path in readable:
        permit(path, (execute | read_file | read_folder) if os.path.isdir(path) else (execute | read_file))
    for name in ('null', 'zero', 'full', 'random', 'urandom'):
        permit('/dev/' + name, read_file | write_file)
    # Everything but device nodes; a link or a name from elsewhere cannot come in.
    permit(folder, known & ~(1 << 6) & ~(1 << 11))
    if libc.prctl(38, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'no_new_privs')
    call(446, ruleset, 0)
    os.close(ruleset)
    buffer = ctypes.create_string_buffer(seccomp, len(seccomp))
    program = struct.pack('HxxxxxxQ', len(seccomp) // 8, ctypes.addressof(buffer))
    if libc.prctl(22, 2, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'seccomp')
