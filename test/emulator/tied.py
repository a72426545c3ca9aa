"""Runs a program that ends with whoever started it: `tied.py PROGRAM ARGUMENTS...`.

Whoever started this holds its input, and a process that is killed holds nothing. Then all of this process group ends.
"""

import os
import signal
import subprocess
import sys
import threading


def end_with_who_started_it():
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGKILL)


threading.Thread(target=end_with_who_started_it, daemon=True).start()
sys.exit(subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False).returncode)
