set(bridge_bench_LINKS troupe_bridge)
