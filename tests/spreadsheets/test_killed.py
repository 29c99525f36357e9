import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_process_killed_in_the_middle_leaves_nothing_and_the_batch_applies_again(
    tmp_path: Path,
) -> None:
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.sqlite3",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "anyang_ledger.settings",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_while_applying.py"))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "signal": signal.SIGKILL,
        "killed": {"state": "checked", "history": 0, "drafts": 0},
        "again": {"state": "applied", "history": 1, "drafts": 1},
    }
