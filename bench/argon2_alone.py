"""A process that checks one password again and again: what argon2id allows alone."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

#: As many as a worker of ours has for passwords.
THREADS = 2


def main() -> None:
    """Read how often, which hash and which password; print the rate and seconds."""
    told = json.loads(sys.stdin.read())
    hasher = PasswordHasher()  # the parameters are those in the hash

    def check(_: int) -> bool:
        return hasher.verify(told["hash"], told["password"])

    began, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(THREADS) as threads:
        assert all(threads.map(check, range(told["times"])))
    taken = time.perf_counter() - began
    spent = time.process_time() - worked
    json.dump(
        {"rate": told["times"] / taken, "seconds": spent / told["times"]}, sys.stdout
    )


if __name__ == "__main__":
    main()
