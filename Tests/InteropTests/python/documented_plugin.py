"""Takes the worked example out of docs/plugin-protocol.md and runs it under plugin_host.py: the page must be true.

documented_plugin.py [DIRECTORY]   also leaves echo-py and its manifest in DIRECTORY, for other hosts
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
root = here.parents[2]


def block(text: str, language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if len(found) != 1:
        sys.exit(f"docs/plugin-protocol.md has {len(found)} blocks of {language}, not one")
    return found[0]


def main():
    text = (root / "docs" / "plugin-protocol.md").read_text()
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        directory.mkdir(parents=True, exist_ok=True)
        plugin = directory / "echo-py"
        plugin.write_text(block(text, "python"))
        plugin.chmod(0o755)
        (directory / "echo-py.plugin.yaml").write_text(block(text, "yaml"))
        path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(root / "proto")}
        command = [sys.executable, str(here / "plugin_host.py"), str(plugin), "--config", "greeting=So you say"]
        sys.exit(subprocess.run(command, env=environment).returncode)


if __name__ == "__main__":
    main()
