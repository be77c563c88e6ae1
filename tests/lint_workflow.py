"""Snakemake's own linter, without the one complaint that does not apply: rules run in one locked environment, not one each.

Run: python tests/lint_workflow.py
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Every rule runs in the environment that start.py makes from the hashed lock (CONTRIBUTING.md says why).
ALLOWED = ("Specify a conda environment or container for each rule",)

if __name__ == "__main__":
    done = subprocess.run([sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, capture_output=True, text=True, check=False)
    shown = done.stdout + done.stderr
    lints = re.findall(r"^    \* (.*)$", shown, flags=re.MULTILINE)
    if "Lints for" not in shown and "Congratulations" not in shown:
        sys.exit(f"the linter did not run:\n{shown}")
    complaints = [lint for lint in lints if not lint.startswith(ALLOWED)]
    print(shown if complaints else "snakemake --lint: nothing to say")
    sys.exit(bool(complaints))
