#!/usr/bin/python3
"""play.py FILE: runs what a schedule says, each command at its time: rows `epoch seconds<TAB>command`, in order; a command does not hold up the next."""
import shlex
import subprocess
import sys
import time


def main(path):
    for line in open(path):
        at, command = line.rstrip("\n").split("\t")
        pause = float(at) - time.time()
        if pause > 0:
            time.sleep(pause)
        words = ["/bin/bash", "-c", command] if any(sign in command for sign in "|&;<>$*") else shlex.split(command)
        subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess._cleanup()
    time.sleep(86400 * 365)


main(sys.argv[1])
