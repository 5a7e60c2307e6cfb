"""The server of llama.cpp with a model, at a port of this machine.

usage: llama_server.py PORT MODEL.gguf
"""

import sys
import time

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[2]
params.n_parallel = 2
params.n_ctx = 4096
params.cpuparams.n_threads = 1
params.verbosity = 0
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
params.ui = False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
time.sleep(600)
