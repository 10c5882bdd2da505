"""What the parts of the supervisor know of the run."""

import os

# In a namespace of its own: all other processes there are the program's.
pid_one = os.getpid() == 1


class Run:
    # What the host asks for, see `SupervisorHeader`.
    header = None
    # The filter of system calls, and the program: its text, or compiled.
    seccomp = program = None
    # A descriptor of the folder.
    folder = None
    # Pipes, two ends each; `wake` tells of children that ended.
    stdin = stdout = stderr = wake = None
    # Processes and threads the user runs already.
    tasks = 0
    # The process of the program, and how it ended.
    child = status = None


run = Run()
