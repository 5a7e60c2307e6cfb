"""A server that gives away what it is told: repeating_server.py. It lists one model, and refuses all else with everything that the request carried."""

import http.server
import json


class Repeating(http.server.BaseHTTPRequestHandler):
    def answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        words = "; ".join(f"{name}: {value}" for name, value in self.headers.items())
        self.answer(401, {"error": {"message": f"not with {words}; {body}", "param": words}})

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            return self.answer(200, {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "nobody"}]})
        self.refuse()

    do_POST = do_DELETE = refuse

    def log_message(self, *arguments: object) -> None:
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repeating)
print(f"listening url=http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
