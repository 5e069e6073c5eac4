"""tests/powercut [OPTION...] [SCENARIO...]

Cuts the power at random moments, many times, and counts what is left (docs/decisions/0022).

    --states N       so many states, divided among the scenarios (default: 1000)
    --seed N         the workloads and cuts of this seed; processes still run as they will, so the moments differ a little
    --keep DIR       work there, and leave there what shows a fault
    --again DIR      only look again at what was left in DIR
    --recorder FILE  the library of recorder.c
    --ignore SYNCS   a test of this test: as if certain syncs did nothing (files, names, writes, or all). It succeeds when
                     each scenario shows a fault.

The tools are taken from PATH.
"""

import argparse
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
from concurrent import futures

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "crash")]

import buffers  # noqa: E402
import disk  # noqa: E402
import hops  # noqa: E402
import recording  # noqa: E402
import servers  # noqa: E402
from state import State, Violation  # noqa: E402

SCENARIOS = {
    # name: its class, its part of the states, and how many of one recording
    "push": (buffers.Push, 4, 40),
    "compressed": (buffers.Compressed, 2, 40),
    "killed": (buffers.Killed, 4, 12),
    "crowd": (buffers.Crowd, 1, 12),
    "acknowledge": (buffers.Acknowledge, 4, 40),
    "compact": (buffers.Compact, 2, 40),
    "salvage": (buffers.Salvage, 1, 30),
    "hop": (hops.Hop, 4, 40),
    "rollback": (hops.Rollback, 2, 40),
    "rollback_of_tail": (hops.RollbackOfTail, 2, 40),
    "send": (hops.Send, 3, 40),
    "send_to_many": (hops.SendToMany, 2, 40),
    "tail": (hops.Tail, 3, 30),
    "torn_checkpoint": (hops.TornCheckpoint, 2, 30),
    "tail_of_unsynced": (hops.TailOfUnsynced, 3, 30),
    "serve": (servers.Serve, 2, 40),
    "epochs": (servers.Epochs, 1, 40),
    "replicate": (servers.Replicate, 2, 40),
}
NOT_CUT = ("rollback", "rollback_of_tail")  # nothing is lost in these, so that syncs make no difference


class Run:
    """Of one scenario."""

    def __init__(self, name, states, options):
        self.name, self.states, self.options = name, states, options
        self.make, _, self.states_each = SCENARIOS[name]
        self.random = random.Random(f"{options.seed} {name}")
        self.done = self.faults = self.recordings = 0

    def run(self):
        while self.done < self.states and not (self.options.ignore and self.faults):
            self.record_and_cut(min(self.states_each, self.states - self.done))

    def record_and_cut(self, count):
        work = tempfile.mkdtemp(prefix=f"{self.name}-", dir=self.options.keep or self.options.temporary)
        scenario = self.make()
        recorded = recording.Recording(work, self.options.recorder, self.random, self.options.ignore)
        try:
            scenario.record(recorded)
            entries = recorded.end()
        finally:
            recorded.kill_all()
        self.recordings += 1
        faultless = all(self.check(scenario, state) for state in self.states_of(scenario, recorded, entries, count))
        if faultless or not self.options.keep:
            shutil.rmtree(work)

    def states_of(self, scenario, recorded, entries, count):
        applied, earlier = 0, None
        for cut in sorted(self.random.choice(moments) for moments in self.moments(scenario, entries, count)):
            for entry in entries[applied:cut]:
                recorded.disk.apply(entry)
            applied = cut
            manner, choice = disk.draw(self.random, recorded.disk.pending())
            how = f"cut after call {cut} of {len(entries)}, on the disk: {manner}"
            tree = recorded.disk.tree(choice)
            if hasattr(scenario, "mix"):  # more than one machine
                alive = recorded.disk.tree(disk.everything)
                tree = scenario.mix(tree, alive, earlier or alive, self.random)
                earlier = earlier if earlier and self.random.random() < 0.7 else alive
            yield State(recorded.work, entries[:cut], tree, recorded.lasting, how)

    @staticmethod
    def moments(scenario, entries, count):
        """For each cut, where it may be: after any call, after something was said, before something is synced."""
        if hasattr(scenario, "moments"):
            return [scenario.moments(entries)] * count
        kinds = (
            range(1, len(entries) + 1),
            [each.call + 1 for each in entries if each.kind in ("said", "exit")],
            [each.call for each in entries if each.kind in ("sync", "range")],
        )
        return [kinds[n % len(kinds)] for n in range(count)]

    def check(self, scenario, state):
        self.done += 1
        state.lay_out()
        try:
            scenario.check(state)
            return True
        except Violation as violation:
            self.faults += 1
            if not self.options.ignore:
                self.report(scenario, state, violation)
            return False

    def report(self, scenario, state, violation):
        print(f"{self.name}: {violation}\n  {state.how}, seed {self.options.seed}", file=sys.stderr)
        if self.options.keep:
            state.lay_out()
            with open(os.path.join(state.work, "state"), "wb") as file:
                pickle.dump((self.name, scenario, state), file)
            print(f"  kept: look again with python3 tests/powercut --again {state.work}", file=sys.stderr)
        else:
            with open(os.path.join(state.work, "stderr"), "rb") as file:
                print("  stderr ended with:", file.read()[-1000:].decode(errors="replace"), file=sys.stderr)


def look_again(folder):
    with open(os.path.join(folder, "state"), "rb") as file:
        name, scenario, state = pickle.load(file)
    state.work, state.root = folder, os.path.join(folder, "disk")
    state.lay_out()
    try:
        scenario.check(state)
    except Violation as violation:
        print(f"{name}: {violation}\n  {state.how}", file=sys.stderr)
        return 1
    print(f"{name}: no fault any more")
    return 0


def main():
    options = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.again:
        return look_again(options.again)
    with tempfile.TemporaryDirectory(prefix="powercut-", dir=fast_folder()) as options.temporary:
        with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            good = list(pool.map(lambda name: run_one(name, options), options.scenarios))
    return 0 if all(good) else 1


def parsed():
    parser = argparse.ArgumentParser(prog="tests/powercut", usage=__doc__, add_help=False)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--states", type=int, default=1000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--keep", type=os.path.abspath)
    parser.add_argument("--again", type=os.path.abspath)
    parser.add_argument("--recorder", type=os.path.abspath)
    parser.add_argument("--ignore", choices=disk.SYNCS)
    options = parser.parse_args()
    options.scenarios = options.scenarios or [name for name in SCENARIOS if not (options.ignore and name in NOT_CUT)]
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10**9)
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {sorted(unknown)}; there are {', '.join(SCENARIOS)}")
    if not options.again and not os.path.exists(options.recorder or ""):
        parser.error("--recorder: there is no such file; 'make powercut' builds it")
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    return options


def fast_folder():
    """The disk is a model here, and no real one needs to be waited for. None: as usual."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 256 << 20:
        return memory
    return None


def run_one(name, options):
    """Was it as it should be?"""
    parts = sum(SCENARIOS[each][1] for each in options.scenarios)
    run = Run(name, -(-options.states * SCENARIOS[name][1] // parts), options)
    started = time.monotonic()
    try:
        run.run()
    except recording.Broken as broken:
        print(f"{name}: {broken}\n  seed {options.seed}", file=sys.stderr)
        return False
    print(
        f"{name}: {run.done} states of {run.recordings} recordings, {run.faults} faults, "
        f"{time.monotonic() - started:.1f} s, seed {options.seed}",
        flush=True,
    )
    return (run.faults == 0) == (options.ignore is None)


sys.exit(main())
