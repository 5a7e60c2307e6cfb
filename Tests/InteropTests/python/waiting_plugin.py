"""The worked example of docs/plugin-protocol.md on one thread, which sleeps for as many seconds as its prompt says."""

import documented_plugin

text = documented_plugin.block((documented_plugin.root / "docs" / "plugin-protocol.md").read_text(), "python")
threads = "ThreadPoolExecutor(16)"
words = "        words = self.words(request, context)\n        return pb.GenerateResponse"
assert threads in text and words in text
waiting = words.replace("        return", "        time.sleep(float(request.messages[-1].content))\n        return")
exec(compile("import time\n" + text.replace(threads, "ThreadPoolExecutor(1)").replace(words, waiting), "echo-py", "exec"))
