"""The report as text."""

TITLES = {
    "burst": "Burst: {posts} deliveries due at one instant, the outcome stored",
    "burst_big": "Burst: {posts} deliveries due at one instant, the outcome stored",
    "steady": "Steady: {rate} a second, {posts} in all",
    "steady_far": "Steady: {rate} a second with {behind} far posts behind",
    "kill": "kill -9 in the middle of {posts}, then started again",
    "schedule": "Scheduling for tomorrow: one durable call each from 64 at once, and in bulk",
    "rest": "REST at 64 connections",
    "idle": "Idle",
}
REST_TITLES = {"read": "Read one", "list": "List 20", "create": "Create durably"}


def at(row, *path):
    for key in path:
        row = row.get(key) if isinstance(row, dict) else None
    return row


def number(value, digits=0):
    if value is None:
        return "-"
    return f"{value:,.{digits}f}".replace(",", " ") if isinstance(value, (int, float)) else str(value)


CPU = ("CPU s/1000", lambda r: number(at(r, "cpu_s_per_1000", "total"), 3))
OF_WHICH = ("client + store", lambda r: f"{number(at(r, 'cpu_s_per_1000', 'client'), 3)} + {number(at(r, 'cpu_s_per_1000', 'store'), 3)}")
MEMORY = ("MB client + store", lambda r: f"{number(at(r, 'peak_mb', 'client'))} + {number(at(r, 'peak_mb', 'store'))}")
TWICE = ("sent again", lambda r: number(r["sent_again"]))


def late(key, digits=1):
    return (f"late {key} ms", lambda r: number(at(r, "lateness_ms", key), digits))


COLUMNS = {
    "burst": [("per s", lambda r: number(r["per_s"])), late("p50", 0), late("p99", 0), late("max", 0), CPU, OF_WHICH, MEMORY, TWICE],
    "steady": [late("p50"), late("p99"), late("p999"), late("max"), ("early", lambda r: number(r["early"])), CPU, MEMORY,
               ("disk MB", lambda r: number(r.get("disk_mb"), 1))],
    "kill": [("out before", lambda r: number(r["sent_before_kill"])),
             ("all done after s", lambda r: number(r["drained_s"], 2) if r["drained_s"] is not None else f"not in {r['patience_s']}"),
             ("left over", lambda r: number(r["still_pending"])), ("not sent", lambda r: number(r["not_sent"])), TWICE,
             ("twice on the network", lambda r: number(r["doubled"]))],
    "schedule": [("calls per s", lambda r: number(r["single_per_s"])), ("bulk per s", lambda r: number(r["bulk_per_s"])), CPU, OF_WHICH],
    "idle": [("MB", lambda r: number(r["rss_mb"])), ("MB store", lambda r: number(r["store_mb"])), ("CPU %", lambda r: number(r["cpu_percent"], 2)),
             ("CPU % store", lambda r: number(r["store_cpu_percent"], 2))],
    "rest": [("per s", lambda r: number(r["per_s"])), ("p50", lambda r: number(r["p50"])), ("p99", lambda r: number(r["p99"])), CPU, OF_WHICH],
}
COLUMNS["burst_big"], COLUMNS["steady_far"] = COLUMNS["burst"], COLUMNS["steady"]


def block(title, columns, rows):
    """Aligned lines; who failed says so."""
    lines = [["", *(name for name, _ in columns)]]
    failed = []
    for peer, row in rows.items():
        if "failed" in row:
            failed.append(f"  {peer}: FAILED: {row['failed'].splitlines()[0][:200]}")
        else:
            lines.append([peer, *(show(row) for _, show in columns)])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = [f"  {line[0]:<{widths[0]}}  " + "  ".join(f"{cell:>{w}}" for cell, w in zip(line[1:], widths[1:])) for line in lines]
    return "\n".join([title, *text, *failed])


def ratios(rows, key, better=max):
    """Troupe against the best of the others."""
    values = {p: key(r) for p, r in rows.items() if "failed" not in r and key(r)}
    others = {p: v for p, v in values.items() if p not in ("troupe", "nothing", "nginx", "pgbench", "sink")}
    if "troupe" not in values or not others:
        return None
    best = better(others, key=others.get)
    return f"  troupe is {values['troupe'] / others[best]:.2f} of {best}, the best of them"


def of(report):
    quick = " (--quick: too small to say how fast)" if report["quick"] else ""
    parts = [f"{report['at']}, {report['machine']['cores']} cores, {report['machine']['cpu']}{quick}"]
    for work, rows in report["works"].items():
        if work == "rest":
            parts += rest(rows)
            continue
        done = next((r for r in rows.values() if "failed" not in r), {})
        text = block(TITLES[work].format(**{"posts": "?", "rate": "?", "behind": "?", **done}), COLUMNS[work], rows)
        extra = None
        if work.startswith("burst"):
            extra = ratios(rows, lambda r: r["per_s"])
            cpu = ratios(rows, lambda r: at(r, "cpu_s_per_1000", "total"), min)
            extra = extra and f"{extra}\n  CPU: {cpu.strip() if cpu else '-'}"
        elif work.startswith("steady"):
            extra = ratios(rows, lambda r: at(r, "lateness_ms", "p99"), min)
        elif work == "schedule":
            extra = ratios(rows, lambda r: r["single_per_s"])
        parts.append(text + (f"\n{extra}" if extra else ""))
    return "\n\n".join(parts)


def rest(rows):
    out = []
    for work, title in REST_TITLES.items():
        mine = {p: r[work] for p, r in rows.items() if work in r}
        mine.update({p: r for p, r in rows.items() if "failed" in r})
        text = block(f"REST at 64 connections: {title}", COLUMNS["rest"], mine)
        extra = ratios(mine, lambda r: r["per_s"])
        out.append(text + (f"\n{extra}" if extra else ""))
    return out
