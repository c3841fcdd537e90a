"""Requests by wrk, and what it says about them."""

import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_OF_WRK = 10


def run_wrk(port, script, arguments, path="/", connections=64, seconds=None, threads=1):
    """`script`: a file beside this one, which gets the arguments."""
    scripted = ["-s", str(HERE / script)] if script else []
    out = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds or SECONDS_OF_WRK}s", "--latency", *scripted,
                          f"http://127.0.0.1:{port}{path}", "--", *arguments], capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"Socket errors: (.*)", out)
    return {"per_s": round(float(re.search(r"Requests/sec:\s+(\S+)", out).group(1))), "connections": connections,
            "requests": int(re.search(r"(\d+) requests in", out).group(1)),
            "p50": re.search(r"^ +50% +(\S+)", out, re.M).group(1), "p99": re.search(r"^ +99% +(\S+)", out, re.M).group(1),
            "refused": int(refused.group(1)) if refused else 0, "socket_errors": errors.group(1) if errors else None}
