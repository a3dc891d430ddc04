"""The Python side of the protocol (protocol.ts): what the PyTorch and the JAX runner share."""

import json
import os
import resource
import sys
import time

# 'all' threads and 1 are separate processes, each told before its libraries load.
THREADS = int(os.environ.get("UMBRA_THREADS", "1"))


def say(**reply):
    print(json.dumps(reply), flush=True)


def rss():
    """Bytes resident now, and the most that there ever were."""
    try:
        with open("/proc/self/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return tuple(1024 * int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak, peak


class Arrays:
    """Reads the shared arrays; those of the first models come first."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, name, shape):
        import numpy as np

        dtype = {"f32": np.float32, "i32": np.int32}[name.rsplit(".", 1)[1]]
        count = int(np.prod(shape))
        return np.fromfile(os.path.join(self.folder, name), dtype, count).reshape(shape)


def timed(count, call):
    values, ms = [], []
    for _ in range(count):
        before = time.perf_counter()
        values.append(call())
        ms.append(1000 * (time.perf_counter() - before))
    return values, ms


def serve(name, version, note, start):
    """Says hello and answers until the input ends. `start` makes of a task a job: step, fast, calls, epoch."""
    say(hello={"name": name, "version": version, "note": note}, rss=rss()[0])
    job = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if "prepare" in request:
                job = start(request["prepare"], Arrays(request["data"]))
                values, ms = timed(2, job["step"])
                say(ready={"values": values, "ms": ms})
            else:
                run = request["run"]
                call = job["epoch"] if run.get("epoch") else job.get("fast", job["step"])
                _, ms = timed(run["steps"], call)
                now, peak = rss()
                calls = job.get("calls", 1)
                say(ran={"ms": [t / calls for t in ms], "rss": now, "peakRss": peak})
        except Exception as error:  # one line for the parent, whatever it was
            say(error=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
