#!/usr/bin/python3
"""play.py FILE: runs what a schedule says, each command at its time: rows `epoch seconds<TAB>command`, in order; a command does not hold up the next.

A command `@ADDRESS COMMAND...` is run with that address of the host as its own (hosts.sh: also_net), and the next one waits for it.
"""
import shlex
import subprocess
import sys
import time

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def main(path):
    running = []
    for line in open(path):
        at, command = line.rstrip("\n").split("\t")
        pause = float(at) - time.time()
        if pause > 0:
            time.sleep(pause)
        if command.startswith("@"):
            address, command = command[1:].split(" ", 1)
            subprocess.run(["ip", "route", "replace", "default", "via", "169.254.1.1", "dev", "eth0", "src", address], **QUIET)
            subprocess.run(shlex.split(command), **QUIET)
            continue
        words = ["/bin/bash", "-c", command] if any(sign in command for sign in "|&;<>$*") else shlex.split(command)
        running = [one for one in running if one.poll() is None]
        running.append(subprocess.Popen(words, **QUIET))
    for one in running:
        one.wait()


main(sys.argv[1])
