"""The routing problem the way the Python systems write it: one pair of vectors per pool, one concave
invariant each, handed to CVXPY. Reads an instance from standard input, answers with one JSON object."""

import json
import sys
import time

import cvxpy as cp
import numpy as np


def main():
    instance = json.load(sys.stdin)
    values = np.array(instance["values"])
    start = time.perf_counter()
    surplus = [0] * len(values)
    constraints = []
    for pool in instance["pools"]:
        # In values and relative to the pool, or no conic solver gets far.
        worth = np.array(pool["reserves"]) * values[pool["tokens"]]
        scale = worth.max()
        reserves = worth / scale
        weights = np.array([pool["weight"], 1 - pool["weight"]])
        tendered = cp.Variable(2, nonneg=True)
        received = cp.Variable(2, nonneg=True)
        after = reserves + pool["keeps"] * tendered - received
        constraints.append(cp.geo_mean(after, p=weights) >= np.prod(reserves**weights))
        for side, most in enumerate(pool["available"]):
            if most is not None:
                limit = most / pool["reserves"][side] * reserves[side]
                constraints.append(received[side] <= limit)
        for side, token in enumerate(pool["tokens"]):
            surplus[token] += scale * (received[side] - tendered[side])
    constraints += [left >= 0 for left in surplus if not isinstance(left, int)]
    problem = cp.Problem(cp.Maximize(sum(surplus)), constraints)
    try:
        problem.solve(solver=cp.CLARABEL)
        status, objective = problem.status, problem.value
    except cp.error.SolverError as error:
        status, objective = str(error), None
    answer = {
        "milliseconds": 1e3 * (time.perf_counter() - start),
        "objective": None if objective is None or not np.isfinite(objective) else float(objective),
        "status": status,
        "solver": "CLARABEL",
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
