"""Lets schemathesis invent requests from JumpCloud's own documents, and hold every answer against them.

    drive_schemathesis.py URL KEY

What is asked of the answers is in schemathesis.toml. The last line says how many requests there were. What is not as it
should be is shown, with the request, and ends it with a failure.
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENTS = HERE.parent / "openapi"


def run(url, key, document, base):
    """How many requests there were."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "--no-color"]
    command += ["--config-file", str(HERE / "schemathesis.toml"), "run", str(DOCUMENTS / f"{document}.json")]
    command += ["--url", url.rstrip("/") + base, "--header", f"x-api-key: {key}"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600)
    if done.returncode != 0:
        sys.exit(f"{document}:\n{done.stdout}{done.stderr}")
    # Without this, nothing that was asked would count as nothing that was wrong.
    selected, tested = (re.search(rf"{word}: (\d+)", done.stdout)[1] for word in ["Selected", "Tested"])
    assert selected == tested, done.stdout
    return int(re.search(r"(\d+) generated", done.stdout)[1])


def main():
    url, key = sys.argv[1:]
    # In this order, since v1 deletes users that v2 connects.
    v2 = run(url, key, "v2", "/api/v2")
    v1 = run(url, key, "v1", "/api")
    print(f"schemathesis: {v1} requests of v1 and {v2} of v2, every answer valid")


main()
