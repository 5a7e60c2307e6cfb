"""llama.cpp's own server, with a model: llama_server.py MODEL.gguf PORT [embeddings] [KEY]. Says its address once it listens."""

import sys
import threading

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[2])
params.n_parallel = 2
params.n_ctx = 1024
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.verbosity = 0
params.ui = False
options = sys.argv[3:]
params.api_keys = [option for option in options if option != "embeddings"]
if "embeddings" in options:
    # One text after the other: side by side, this model, which was not made for embeddings, gives other vectors.
    params.n_parallel = 1
    params.n_ctx = 512
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(params)
print(f"listening url={server.listening_address}", flush=True)
threading.Event().wait()
