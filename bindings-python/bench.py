"""What a call costs from Python, beside the core's own time (`cargo bench -p sentby`). Medians of 41 rounds.

bindings-python/.venv/bin/python bindings-python/bench.py
"""

import hashlib
import hmac
import statistics
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import sentby

NOW = datetime(2026, 3, 3, 18, tzinfo=timezone.utc)
AUDIENCE = "shop.example/4711"
program = sentby.Program.load("core/vectors/programs/story.toml")
keys = sentby.Keys([sentby.RootKey(1, b"0123456789abcdef0123456789abcdef")])
referral = sentby.Referral(affiliate="anna", product="prod66", click_id="00000000000003e8")
token = keys.seal(referral, "mail", AUDIENCE, NOW)
line = sentby.Line("1", "521411d4", sentby.Money("1190.00", "EUR"), sentby.Money("190.00", "EUR"))
order = sentby.Order("A-1001", NOW, [line])
ids, kinds = ["anna", "bob", "carl"], ["cookie", "token", "click"]
touches = [sentby.Touch(ids[n % 3], NOW - timedelta(milliseconds=n * 400_000_000), kinds[n % 3], click_id=f"{n + 1:016x}") for n in range(8)]
decision = program.attribute(order, touches)
url = "https://www.copecart.com/products/521411d4/p/anna/?utm_source=newsletter&utm_medium=email"
state, message = hmac.new(bytes(32), digestmod=hashlib.sha256), bytes(46)


def stdlib_hmac():
    mac = state.copy()
    mac.update(message)
    return hmac.compare_digest(mac.digest()[:16], message[:16])


def compare(title, jobs, rounds=41):
    counts, times = [], [[] for _ in jobs]
    for _, job in jobs:
        start = time.perf_counter_ns()
        for _ in range(500):
            job()
        counts.append(max(1, 2_000_000 * 500 // (time.perf_counter_ns() - start)))
    for _ in range(rounds):
        for n, (_, job) in enumerate(jobs):
            start = time.perf_counter_ns()
            for _ in range(counts[n]):
                job()
            times[n].append((time.perf_counter_ns() - start) / counts[n])
    print(f"\n{title}")
    medians = [statistics.median(row) for row in times]
    for (name, _), median in zip(jobs, medians):
        print(f"  {name:58} {median:9.1f} ns  {median / medians[0]:5.2f} ×")


if __name__ == "__main__":
    compare("the binding's floor", [("program.vendor (a getter)", lambda: program.vendor), ("program.coupon_owner('X')", lambda: program.coupon_owner("X"))])
    compare(
        "opening a token",
        [("hmac of the standard library, keyed state copied", stdlib_hmac), ("keys.open", lambda: keys.open(token, "mail", AUDIENCE, NOW))],
    )
    compare(
        "reading a link",
        [
            ("urllib.parse.urlsplit and parse_qsl", lambda: parse_qsl(urlsplit(url).query)),
            ("program.read", lambda: program.read(url)),
        ],
    )
    compare(
        "one decision over 8 touches, and its settlement",
        [
            ("program.attribute", lambda: program.attribute(order, touches)),
            ("program.commission", lambda: program.commission(order, decision)),
        ],
    )
