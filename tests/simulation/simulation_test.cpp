#define CAF_SUITE publish_simulation
#include "system/core/log.hpp"
#include "tests/simulation/world.hpp"

#include <caf/test/unit_test.hpp>

#include <cstdlib>
#include <sstream>

// Whole histories of the publish protocol, each from its seed. A seed that fails replays exactly:
// TROUPE_SEEDS=first:count.

using namespace troupe;
using namespace troupe::test;

namespace {

struct seeds {
  unsigned first = 1, count = 0;
  explicit seeds(unsigned usual) : count(usual) {
    auto* given = std::getenv("TROUPE_SEEDS");
    if (!given) return;
    std::istringstream in(given);
    char colon = 0;
    in >> first >> colon >> count;
  }
};

/// Much is odd in these histories, and each oddity a line of the log otherwise.
struct quiet {
  quiet() { log::set_level(std::getenv("TROUPE_LOUD") ? log::level::debug : log::level::error); }
  ~quiet() { log::set_level(log::level::info); }
};

struct sums {
  std::uint64_t steps = 0, faults = 0;
  std::map<std::string, int> outcomes;
  std::string text() const {
    std::ostringstream out;
    out << steps << " steps, " << faults << " faults";
    for (auto& [state, n] : outcomes) out << ", " << n << " " << state;
    return out.str();
  }
};

scenario of_seed(unsigned seed, int nodes) {
  scenario s;
  s.seed = seed;
  s.network = static_cast<network_kind>(seed % 4);
  s.nodes = nodes;
  return s;
}

void run(const scenario& s, sums& total) {
  world w(s);
  try {
    w.run();
  } catch (const std::exception& e) {
    std::ostringstream faults;
    for (auto& [what, whom] : w.injected()) faults << what << " of " << whom << "; ";
    CAF_FAIL("seed " << s.seed << " with " << s.nodes << " nodes: " << e.what()
                     << "; injected: " << faults.str());
  }
  total.steps += w.steps();
  total.faults += w.injected().size();
  for (auto& [state, n] : w.outcomes()) total.outcomes[state] += n;
}

void run_all(unsigned usual, int nodes) {
  quiet now;
  sums total;
  seeds which(usual);
  for (auto seed = which.first; seed < which.first + which.count; ++seed) run(of_seed(seed, nodes), total);
  CAF_MESSAGE(which.count << " seeds: " << total.text());
  CAF_CHECK(total.outcomes["published"] > 0);
}

} // namespace

CAF_TEST(without faults everything is published once and in time) {
  quiet now;
  sums total;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    auto s = of_seed(seed, 1 + static_cast<int>(seed % 3));
    s.faults = false;
    run(s, total);
  }
  CAF_MESSAGE(total.text());
  CAF_CHECK_EQUAL(total.outcomes["failed"], 0);
  CAF_CHECK_EQUAL(total.outcomes["needs_review"], 0);
}

CAF_TEST(a seed replays exactly) {
  quiet now;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::uint64_t digests[2];
    for (auto& d : digests) {
      world w(of_seed(seed, 3));
      w.run();
      d = w.digest();
    }
    CAF_CHECK_EQUAL(digests[0], digests[1]);
  }
}

CAF_TEST(one node keeps its promises whatever happens to it) { run_all(1'000, 1); }

CAF_TEST(three nodes keep their promises whatever happens to them) { run_all(1'000, 3); }
