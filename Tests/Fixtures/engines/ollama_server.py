"""An engine that answers as Ollama does, as far as adoption asks it, and one model's calls.

usage: ollama_server.py PORT MODELS [USER_ID]

It has MODELS language models and an embedder. With USER_ID it becomes that user before it listens.
"""

import encodings.idna  # read now: another user may not be able to
import http.server
import json
import os
import sys

PORT, COUNT = int(sys.argv[1]), int(sys.argv[2])
MODELS = [f"m{number}:latest" for number in range(COUNT)] + ["embed:latest"]


class Ollama(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        print(self.path, flush=True)
        if self.path == "/api/version":
            self.say({"version": "0.12.3"})
        elif self.path == "/api/tags":
            self.say({"models": [
                {"name": name, "model": name, "digest": f"{number:064x}", "details": {"family": "llama"}} for number, name in enumerate(MODELS)]})
        elif self.path == "/v1/models":
            self.say({"object": "list", "data": [{"id": name, "object": "model", "owned_by": "library"} for name in MODELS]})
        else:
            self.say({"error": "not found"}, 404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/api/show":
            kind = ["embedding"] if body["model"].startswith("embed") else ["completion", "tools"]
            self.say({"capabilities": kind, "model_info": {"llama.context_length": 8192}})
        elif self.path == "/v1/embeddings":
            texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
            data = [{"object": "embedding", "index": index, "embedding": [1.5, float(len(text))]} for index, text in enumerate(texts)]
            self.say({"object": "list", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})
        else:
            answer = {"role": "assistant", "content": f"{body['model']} says hi"}
            usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
            self.say({"choices": [{"index": 0, "finish_reason": "stop", "message": answer}], "usage": usage})


if len(sys.argv) > 3:
    os.setgroups([])
    os.setuid(int(sys.argv[3]))
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Ollama).serve_forever()
