"""How the benchmarks measure: programs run pinned and one at a time, medians with their spread."""

import json
import os
import pathlib
import re
import signal
import statistics
import struct
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "tools" / "bench" / "pipelines"
CAPTURE = ROOT / "pipelines" / "captures" / "internet-4k.pcap"


class Figure:
    """What the rounds of one piece of work gave."""

    def __init__(self, name, unit, bound=None, at_least=False):
        self.name, self.unit, self.bound, self.at_least = name, unit, bound, at_least
        self.rounds = []

    def median(self):
        return statistics.median(self.rounds)

    def spread(self):
        return min(self.rounds), max(self.rounds)

    def as_json(self):
        return {"name": self.name, "unit": self.unit, "median": self.median(), "minimum": self.spread()[0],
                "maximum": self.spread()[1], "bound": self.bound, "rounds": self.rounds}

    def verdict(self):
        if self.bound is None:
            return ""
        if self.at_least:
            return f"at least {self.bound:g}: " + ("met" if self.median() >= self.bound else "NOT MET")
        return f"at most {self.bound:g}: " + ("met" if self.median() <= self.bound else "NOT MET")

    def row(self):
        low, high = self.spread()
        return f"{self.name:<64} {self.median():9.2f} {self.unit:<14} {low:9.2f} .. {high:<9.2f} {self.verdict()}".rstrip()

    def markdown(self):
        low, high = self.spread()
        return f"| {self.name} | {self.median():.2f} | {low:.2f} .. {high:.2f} | {self.unit} | {self.verdict()} |"


def build():
    """The release preset with everything that the benchmarks run; returns its directory."""
    quiet = {"cwd": ROOT, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "--preset", "release", "-DIXYFLOW_BENCH=ON"], **quiet)
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", "ixyflow_main", "ixgbe_model_main",
                    "ixyflow_bench", "ixyflow_driver_bench", "ixyflow_table_bench", "ixyflow_hash_bench",
                    "ixyflow_bench_elements"], **quiet)
    return ROOT / "build" / "release"


def run_pipeline(program, name, *, settings, options=()):
    """The summary of a run of tools/bench/pipelines/NAME.toml, and the rusage of its process."""
    command = [str(program), "run", str(PIPELINES / f"{name}.toml"), "--format", "json", "--no-control", *options]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    output, usage = run_measured(command)
    report = json.loads(output)
    if not report["ledger"]["balanced"]:
        raise SystemExit(f"{name}: the ledger does not balance")
    return report, usage


def run_measured(command):
    """The command's stdout, and what resources it took."""
    # Not to a terminal: tcprewrite warns of packets one by one, and showing that would count against it.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return output, usage


def processor_seconds(usage):
    return usage.ru_utime + usage.ru_stime


def peak_memory(command):
    """The largest RssAnon + RssShmem of a process in bytes, looked at every 200 microseconds."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                break
            now = sum(int(kib) for kib in re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB$", status, re.M))
            peak = max(peak, now * 1024)
            time.sleep(0.0002)
        process.wait()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return peak


def testpmd(mode, burst, cpu, control_cpu, seconds=4):
    """Packets per second of the one forwarding core of dpdk-testpmd between two null ports."""
    command = ["dpdk-testpmd", "-l", f"{control_cpu},{cpu}", "--main-lcore", str(control_cpu), "--no-pci", "--no-huge",
               "-m", "512", "--no-telemetry", "--vdev", "net_null0,size=64", "--vdev",
               "net_null1,size=64", "--", "--auto-start", f"--forward-mode={mode}", f"--burst={burst}",
               "--stats-period=1", "--total-num-mbufs=16384"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        try:
            output, _ = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            raise SystemExit("dpdk-testpmd does not end")
    # Both ports in turn, once a second; the first second includes the start.
    rates = [int(rate) for rate in re.findall(r"Rx-pps:\s+(\d+)", output)]
    sums = [rates[i] + rates[i + 1] for i in range(2, len(rates) - 1, 2)]
    if not sums:
        raise SystemExit(f"dpdk-testpmd --forward-mode={mode} gave no figures:\n{output[-2000:]}")
    return statistics.median(sums)


def repeat_capture(source, target, packets):
    """Writes the packets of a pcap file over and over until there are `packets` of them."""
    data = source.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    ends = []
    at = 24
    while at < len(data):
        at += 16 + struct.unpack_from(order + "I", data, at + 8)[0]
        ends.append(at)
    whole, rest = divmod(packets, len(ends))
    with open(target, "wb") as out:
        out.write(data[:24])
        for _ in range(whole):
            out.write(data[24:])
        if rest:
            out.write(data[24:ends[rest - 1]])
