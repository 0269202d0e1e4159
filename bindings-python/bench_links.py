"""Reading 100,000 mixed links from Python, beside parsers. Medians of 9 rounds; `pip install can_ada` for the peer.

bindings-python/.venv/bin/python bindings-python/bench_links.py
"""

import statistics
import time
from urllib.parse import parse_qsl, urlsplit

import sentby

try:
    import can_ada
except ImportError:
    can_ada = None


def mixed_links(count):
    """The same links as in core/benches/links.rs."""
    state = 42

    def below(limit):
        nonlocal state
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        return (state >> 8) % limit

    def link():
        a, p = below(100_000), below(1_000_000)
        match below(10):
            case 0:
                head = f"https://www.copecart.com/products/{p:08x}/p/user{a}/?x=1"
            case 1:
                head = f"https://www.digistore24.com/redir/{p}/user{a}/spring{below(10)}?ds24tr=key{below(1000)}"
            case 2:
                head = f"https://www.awin1.com/cread.php?awinmid={p}&awinaffid={a}&clickref=c{below(1000)}&ued=https%3A%2F%2Fwww.shop{below(100)}.example%2Fdeals%2F"
            case 3:
                head = f"https://go.shop{below(9)}.example/c/{a}/{below(1000)}/{p}?subId1=newsletter&u=https%3A%2F%2Fshop.example%2Fitem%3Fid%3D{p}"
            case 4:
                head = f"https://www.dpbolvw.net/click-{a}-{p}?sid=mail{below(1000)}&url=https%3A%2F%2Fshop.example%2F"
            case 5:
                head = f"https://shop{below(100)}.example/products/blue-shoes-{p}?irgwc=1&irclickid=XyZ{a}{p}&tid=IR-affiliate-{a}"
            case 6:
                head = f"https://click.linksynergy.com/deeplink?id=kXQk6ivF{a}&mid={p}&u1=sub{below(1000)}&murl=https%3A%2F%2Fwww.newegg.example%2Fp%2F{p}"
            case 7:
                head = f"https://www.amazon.com/dp/B{p:09}?tag=site{a}-20&linkCode=ogi&th=1&psc=1"
            case 8:
                head = f"https://brand{below(100)}.example/pricing/plans/{p}?ref=home&lang=en&session=0123456789abcdef{a}"
            case _:
                head = f"https://blog{below(100)}.example/2026/11/why-we-like-webinars-{p}.html?page={a}"
        for name in ("utm_source", "utm_medium", "utm_campaign", "gclid"):
            if below(2) == 1:
                head += f"&{name}=value{below(1000)}-{below(1_000_000)}"
        return head

    return [link() for _ in range(count)]


def by_ada(urls):
    total = 0
    for url in urls:
        parsed = can_ada.parse(url)
        total += len(parsed.hostname) + len(parsed.pathname)
        parameters = can_ada.URLSearchParams(parsed.search)
        total += sum(map(len, parameters.keys())) + sum(map(len, parameters.values()))
    return total


def by_ada_alone(urls):
    return sum(len(can_ada.parse(url).hostname) for url in urls)


def by_stdlib(urls):
    total = 0
    for url in urls:
        parsed = urlsplit(url)
        total += len(parsed.netloc) + len(parsed.path)
        for name, value in parse_qsl(parsed.query):
            total += len(name) + len(value)
    return total


if __name__ == "__main__":
    urls = mixed_links(100_000)
    fields = ["host", "product", "affiliate", "campaign"]
    jobs = [("urllib.parse.urlsplit and parse_qsl", lambda: by_stdlib(urls)), ("sentby.read_column, 4 lists", lambda: sentby.read_column(urls, fields))]
    if can_ada:
        jobs[:0] = [("can_ada.parse, hostname, pathname, search parameters", lambda: by_ada(urls)), ("can_ada.parse and hostname alone", lambda: by_ada_alone(urls))]
    else:
        print("can_ada is not installed: the standard library is the only peer")
    times = [[] for _ in jobs]
    for _ in range(9):
        for n, (_, job) in enumerate(jobs):
            start = time.perf_counter_ns()
            job()
            times[n].append((time.perf_counter_ns() - start) / len(urls))
    medians = [statistics.median(row) for row in times]
    print(f"{len(urls)} links, {sum(map(len, urls)) / len(urls):.0f} bytes each on average")
    for (name, _), median in zip(jobs, medians):
        print(f"  {name:58} {median:9.1f} ns a link  {median / medians[0]:5.2f} ×")
