"""Becomes the solver, under limits of time and memory; run by `solving.py`, never imported.

`python -I -S solver_child.py SECONDS BYTES MODEL ANSWER PROGRAM`
"""

import os
import resource
import sys


def main(seconds: str, memory: str, model: str, answer: str, program: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    options = ["--solver", "simplex", "--presolve", "off", "--parallel", "off"]
    files = ["--model_file", model, "--solution_file", answer]
    os.execv(program, [program, *files, *options])  # noqa: S606 - the program of the package


if __name__ == "__main__":
    main(*sys.argv[1:])
