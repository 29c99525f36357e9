"""Tries a Word template on in a process of its own, under limits, and prints what came of it.

Run by `checking.py`, never imported by the server: `python -I trial.py FILE`, with the job as
JSON on its standard input: {"limits": {…}, "names": […], "lists": {…}, "context": {…}}. It knows
neither Django nor the database. It prints {"faults": [{"code", "what", "where"}, …]}, with no
faults where the template may be taken; whatever else becomes of it, the template is refused.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from typing import Any

MOST_FAULTS = 10


def limit(limits: dict[str, int]) -> None:
    memory, cpu, output = (limits[name] for name in ("memory_bytes", "cpu_seconds", "out_bytes"))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, job: dict[str, Any]) -> None:
    limit(job["limits"])
    # An isolated interpreter looks for modules nowhere but in its own library.
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path.append(os.path.dirname(os.path.dirname(here)))  # noqa: PTH120
    from dashboard.bulletin import parts, rendering, tags

    with open(path, "rb") as file:  # noqa: PTH123
        content = io.BytesIO(file.read())
    found = parts.faults(content) or [
        fault
        for source in rendering.sources(content)
        for fault in tags.faults(source, job["names"], job["lists"])
    ]
    if not found:
        content.seek(0)
        made = rendering.render(content, job["context"])
        if len(made) > job["limits"]["out_bytes"]:
            sys.exit(1)
        # Filling in takes tags out, and mends what no longer fits: nothing may come of that.
        found = parts.faults(io.BytesIO(made), filled_in=True)
    said = [fault.as_dict() for fault in found[:MOST_FAULTS]]
    sys.stdout.write(json.dumps({"faults": said}))


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
