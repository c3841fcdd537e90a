"""What a run was: report.json, and a page for people."""

import html
import json
import os
from collections import Counter, defaultdict

from recovery import percentiles

NAMED = ("lost", "doubled", "early", "cancelled_and_sent", "wrong_answer", "executed_twice", "stale_write")


def lateness(facts, faults):
    """Of first requests against due times, in ms: all, and those that were not due around a fault."""
    first = {}
    for at, _, _, _, key in facts.arrivals:
        first.setdefault(key, at)
    windows = [(f["begin_us"] - 1_000_000, f["end_us"] + 1_000_000) for f in faults]
    every, quiet, per = [], [], defaultdict(list)
    for d in facts.deliveries.values():
        if d["state"] != "published" or d["key"] not in first:
            continue
        late = (first[d["key"]] - d["due_us"]) / 1000
        every.append(late)
        hit = next((f["name"] for f, (a, b) in zip(faults, windows) if a <= d["due_us"] <= b), None)
        (per[hit] if hit else quiet).append(late)
    return {"all": percentiles(every), "quiet": percentiles(quiet), **{name: percentiles(v) for name, v in sorted(per.items())}}


def timeline(facts, run):
    """Per second: due, sent for the first time, requests, lateness, requests of people that had to be asked again."""
    begin = run.begin_us
    seconds = defaultdict(lambda: {"sent": 0, "raw": 0, "late": 0, "asked": 0, "slowest_ms": 0})
    known, seen = {d["key"]: d for d in facts.deliveries.values()}, set()
    for at, _, _, _, key in facts.arrivals:
        s = seconds[(at - begin) // 1_000_000]
        s["raw"] += 1
        if key not in seen and key in known:
            seen.add(key)
            s["sent"] += 1
            s["late"] = max(s["late"], (at - known[key]["due_us"]) // 1000)
    for at, ms in run.people.every("slow"):
        s = seconds[(at - begin) // 1_000_000]
        s["asked"] += 1
        s["slowest_ms"] = max(s["slowest_ms"], ms)
    return {str(k): v for k, v in sorted(seconds.items())}


def write_report(run, facts, verdict, recovery):
    findings, kinds = verdict["findings"], defaultdict(lambda: {"runs": 0, "pause_ms": [], "taken_ms": [], "first_commit_ms": [], "in_service_ms": []})
    for f in run.faults:
        f["recovery"] = r = recovery.of(f)
        k = kinds[f["name"]]
        k["runs"] += 1
        f["asked_again"] = dict(Counter(why for at, _, why in run.people.every("asked_again") if f["begin_us"] <= at <= f["end_us"]))
        for name in ("pause", "taken", "first_commit", "in_service"):
            k[f"{name}_ms"] += r[name]
    report = {
        "seed": run.o.seed, "nodes": run.o.nodes, "minutes": run.o.minutes, "rate": run.o.rate,
        "begin_us": run.begin_us, "deliveries": verdict["counts"]["deliveries"],
        **{name: len(findings.get(name, [])) for name in NAMED},
        "other_findings": {k: len(v) for k, v in findings.items() if k not in NAMED},
        "counts": verdict["counts"], "evidence": {k: v[:10] for k, v in findings.items()},
        "kinds": {n: {k: percentiles(v) if isinstance(v, list) else v for k, v in kind.items()} for n, kind in sorted(kinds.items())},
        "lateness_ms": lateness(facts, run.faults),
        "requests": {"answers": run.people.total("answers"), "asked_again": run.people.total("retries"),
                     "failed": run.people.every("failed"), "ms": percentiles([ms for _, ms in run.people.every("slow")]),
                     "broken": [p.error for p in run.people.all if p.error]},
        "asked_again": [[round((at - run.begin_us) / 1e6, 2), node, why] for at, node, why in run.people.every("asked_again")],
        "broken": run.broken, "surprises": run.cluster.surprises, "faults": run.faults, "events": run.cluster.events,
        "timeline": timeline(facts, run),
    }
    if run.o.report and run.o.keep:
        os.makedirs(run.o.report, exist_ok=True)
        for name in ("ledger", "history", "arrivals"):
            with open(os.path.join(run.o.report, f"{name}.tsv"), "w", encoding="utf-8") as f:
                f.writelines("\t".join(map(str, line)) + "\n" for line in getattr(facts, name))
    report["asked_again_at_front"] = len(report["asked_again"]) if run.o.front else 0
    report["good"] = not (findings or report["asked_again_at_front"] or run.broken or run.cluster.surprises or report["requests"]["failed"] or report["requests"]["broken"])
    report["summary"] = summary(report)
    if run.o.report:
        os.makedirs(run.o.report, exist_ok=True)
        with open(os.path.join(run.o.report, "report.json"), "w", encoding="utf-8") as f:
            json.dump(report, f, indent=1, default=str)
        with open(os.path.join(run.o.report, "report.html"), "w", encoding="utf-8") as f:
            f.write(page(report))
    return report


def summary(r):
    c = r["counts"]
    lines = [f"faults {len(r['faults'])}, deliveries {r['deliveries']}, " + ", ".join(f"{n} {r[n]}" for n in NAMED),
             f"states {c['states']}, raw {c['raw']}, repeats {c['raw_repeats']}, receipts {c['receipts']}, other findings {r['other_findings']}"]
    for name, k in r["kinds"].items():
        lines.append(f"{name}: {k['runs']} runs; ms p50/p99/max: " + "; ".join(
            f"{what} {k[what + '_ms']['p50']}/{k[what + '_ms']['p99']}/{k[what + '_ms']['max']} of {k[what + '_ms']['count']}"
            for what in ("taken", "first_commit", "in_service", "pause")))
    for name, p in r["lateness_ms"].items():
        lines.append(f"lateness ms, {name}: p50 {p['p50']}, p99 {p['p99']}, max {p['max']} of {p['count']}")
    q = r["requests"]
    lines.append(f"requests: {sum(q['answers'].values())} answered, {sum(q['asked_again'].values())} times asked again "
                 f"{Counter(q['asked_again']).most_common(5)}, {len(q['failed'])} failed; ms p50 {q['ms']['p50']}, p99 {q['ms']['p99']}, max {q['ms']['max']}")
    lines += [f"BROKEN {b['fault']}: {b['error'][:600]}" for b in r["broken"]]
    if r["asked_again_at_front"]:
        lines += [f"NOT ANSWERED AT ONCE: {a}" for a in r["asked_again"][:5]]
    lines += [f"UNEXPECTED END of {s['node']}: {s['code']}" for s in r["surprises"]]
    for rule, evidence in r["evidence"].items():
        lines += [f"{rule.upper()}: {json.dumps(e, default=str)[:600]}" for e in evidence[:3]]
    return lines + ["good" if r["good"] else "NOT GOOD"]


STYLE = """body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}table{border-collapse:collapse}
td,th{border:1px solid #bbb;padding:.2em .6em;text-align:right}td:first-child,th:first-child{text-align:left}
pre{white-space:pre-wrap;background:#f4f4f4;padding:1em}.bad{color:#a00}"""


def row(cells, tag="td"):
    return "<tr>" + "".join(f"<{tag}>{html.escape(str(c))}</{tag}>" for c in cells) + "</tr>"


def page(r):
    triple = lambda p: f"{p['p50']} / {p['p99']} / {p['max']}" if p["count"] else "-"
    kinds = "".join(row([n, k["runs"], k["taken_ms"]["count"], triple(k["taken_ms"]), triple(k["first_commit_ms"]), triple(k["in_service_ms"]),
                         triple(r["lateness_ms"].get(n, {"count": 0}))]) for n, k in r["kinds"].items())
    faults = "".join(row([f"{(f['begin_us'] - r['begin_us']) / 1e6:.1f}", f["name"], f["nodes"], f"{(f['end_us'] - f['begin_us']) / 1e6:.1f}",
                          f"{f['recovery']['moved']} of {f['recovery']['shards']}", f.get("broken", "")[:200]]) for f in r["faults"])
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Chaos, seed {r['seed']}</title><style>{STYLE}</style>
<h1>Chaos: {'good' if r['good'] else '<span class="bad">not good</span>'}</h1>
<p>{r['nodes']} nodes, {r['minutes']} minutes, {r['rate']} due deliveries/s, seed {r['seed']}.</p>
<table>{row(['', *NAMED, 'deliveries', 'faults'], 'th')}{row(['found', *(r[n] for n in NAMED), r['deliveries'], len(r['faults'])])}</table>
<h2>Timeline</h2>{drawing(r)}
<h2>Back in service (ms: p50 / p99 / max over shards)</h2>
<table>{row(['fault', 'runs', 'shards moved', 'next owner', 'first commit', 'first commit since there was need', 'lateness around it'], 'th')}{kinds}</table>
<h2>Faults</h2><table>{row(['at s', 'fault', 'struck', 'calm after s', 'shards moved', 'broken'], 'th')}{faults}</table>
<h2>Words</h2><pre>{html.escape(chr(10).join(r['summary']))}</pre></html>
"""


def drawing(r):
    """Requests per second as bars, the latest of each second as a line (log scale), faults as bands."""
    line = {int(k): v for k, v in r["timeline"].items()}
    if not line:
        return ""
    import math
    first, last = min(line), max(line)
    width, height = 1000, 220
    x = lambda s: (s - first) / max(1, last - first + 1) * width
    most = max(v["raw"] for v in line.values()) or 1
    log = lambda ms: height - min(1, math.log10(max(1, ms)) / 5) * height
    out = [f'<svg viewBox="0 0 {width} {height + 20}" width="100%" role="img" aria-label="timeline">']
    for f in r["faults"]:
        a, b = ((f[k] - r["begin_us"]) / 1e6 for k in ("begin_us", "end_us"))
        out.append(f'<rect x="{x(a):.1f}" y="0" width="{max(1, x(b) - x(a)):.1f}" height="{height}" fill="#f6d5d5"><title>{f["name"]} {f["nodes"]}'
                   f'</title></rect><text x="{x(a):.1f}" y="10" font-size="8" transform="rotate(90 {x(a):.1f} 2)">{f["name"]}</text>')
    step = width / max(1, last - first + 1)
    for s, v in line.items():
        h = v["raw"] / most * height
        out.append(f'<rect x="{x(s):.1f}" y="{height - h:.1f}" width="{max(0.5, step - 0.3):.1f}" height="{h:.1f}" fill="#7a9cc6"><title>second {s}: {v}'
                   f'</title></rect>')
    for name, colour in (("late", "#a00"), ("slowest_ms", "#080")):
        points = " ".join(f"{x(s + 0.5):.1f},{log(v[name]):.1f}" for s, v in line.items())
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1"/>')
    out.append(f'<text x="0" y="{height + 14}" font-size="10">bars: requests at the network per second (most {most}); red: the latest of each second, '
               f'green: the slowest request of people (both log scale, 1 ms to 100 s); bands: faults</text></svg>')
    return "".join(out)
