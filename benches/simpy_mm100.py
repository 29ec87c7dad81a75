#!/usr/bin/env python3
"""M/M/100 at 90 % load with patience, as one would write it with SimPy: a resource, requests, no tracing.

usage: simpy_mm100.py [CALLS]     prints one JSON line
"""
import json
import random
import sys
import time

import simpy

AGENTS, TALK_S, PATIENCE_S = 100, 180.0, 360.0
ARRIVALS_PER_S = 0.9 * AGENTS / TALK_S


class Counts:
    served = abandoned = in_time = 0
    waited_s = 0.0


def caller(env, agents, draw, counts):
    arrived = env.now
    with agents.request() as request:
        yield request | env.timeout(draw.expovariate(1 / PATIENCE_S))
        if not request.triggered:
            counts.abandoned += 1
            return
        wait = env.now - arrived
        counts.served += 1
        counts.in_time += wait <= 20
        counts.waited_s += wait
        yield env.timeout(draw.expovariate(1 / TALK_S))


def callers(env, agents, draw, counts, calls):
    for _ in range(calls):
        yield env.timeout(draw.expovariate(ARRIVALS_PER_S))
        env.process(caller(env, agents, draw, counts))


def main():
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    env, draw, counts = simpy.Environment(), random.Random(1), Counts()
    agents = simpy.Resource(env, AGENTS)
    env.process(callers(env, agents, draw, counts, calls))
    started = time.process_time()
    env.run()
    seconds = time.process_time() - started
    assert counts.served + counts.abandoned == calls
    print(json.dumps({"calls_per_second": round(calls / seconds), "abandoned": counts.abandoned / calls}))


main()
