"""Serves one GGUF model with llama.cpp in a process of its own: python -m embedded.model.llama_process FILE CONTEXT.

Prints the address as one JSON line when the model is loaded. Ends when its standard input closes, so that it never
outlives who started it.
"""

import json
import os
import sys

TOKENS_AT_ONCE = 128  # of a prompt; it reports its progress in between


def main(path: str, context: int) -> None:
    """Load the model and serve it on a free port of the loopback interface."""
    import xllamacpp  # type: ignore[import-not-found, import-untyped, unused-ignore]

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = context
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = TOKENS_AT_ONCE
    params.port = 0
    threads = len(os.sched_getaffinity(0))
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    print(json.dumps({"address": server.listening_address}), flush=True)
    sys.stdin.read()
    os._exit(0)  # the library's own threads would keep the process


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
