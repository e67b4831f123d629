"""Runs cases of the Autobahn suite against the server at an address, and prints what came of each.

Arguments: the address, then the cases. A line each, with tabs between: the case, how the server behaved, how it
closed, and the suite's own words for both. What is good enough is for the caller to say.
"""

import asyncio
import sys

import kosoku

# The suite bounds each case; this bounds a suite that hangs. All of them take less than a minute.
TIMEOUT_SECONDS = 900


async def main(address, cases):
    try:
        run = kosoku.run_fuzzingclient(address, cases)
        results = await asyncio.wait_for(run, TIMEOUT_SECONDS)
    except kosoku.FailureError as failure:
        results = failure.results
    for case in results:
        words = " ".join(f"{case.result} {case.result_close}".split())
        print(case.case_id, case.behavior.value, case.behavior_close.value, words, sep="\t")


asyncio.run(main(sys.argv[1], sys.argv[2:]))
