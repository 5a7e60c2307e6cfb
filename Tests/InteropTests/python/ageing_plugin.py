"""The worked example of docs/plugin-protocol.md on a server that ends each connection after AGEING_MILLISECONDS."""

import os

import documented_plugin

text = documented_plugin.block((documented_plugin.root / "docs" / "plugin-protocol.md").read_text(), "python")
server = "grpc.server(futures.ThreadPoolExecutor(16))"
assert server in text
options = [("grpc.max_connection_age_ms", int(os.environ["AGEING_MILLISECONDS"]))]
exec(compile(text.replace(server, f"{server[:-1]}, options={options})"), "echo-py", "exec"))
