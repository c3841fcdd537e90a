#define CAF_SUITE due_heap
#include "actors/content/due_heap.hpp"

#include <caf/test/unit_test.hpp>

#include <map>
#include <random>

using namespace troupe;

namespace {

struct positions {
  std::vector<std::uint32_t> at;
  std::uint32_t& position(std::uint32_t slot) { return at[slot]; }
};

} // namespace

CAF_TEST(the heap agrees with a sorted map through random adding moving and removing) {
  constexpr std::uint32_t slots = 200;
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  positions where{std::vector<std::uint32_t>(slots, due_heap<positions>::none)};
  due_heap<positions> heap{where};
  std::map<std::uint32_t, std::int64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    auto slot = static_cast<std::uint32_t>(random() % slots);
    switch (random() % 3) {
    case 0:
    case 1: {
      auto when = static_cast<std::int64_t>(random() % 1000);
      heap.set(slot, when);
      model[slot] = when;
      break;
    }
    default:
      heap.remove(slot);
      model.erase(slot);
      break;
    }
    CAF_REQUIRE_EQUAL(heap.size(), model.size());
    if (model.empty()) continue;
    auto least = model.begin()->second;
    for (auto& [s, when] : model) least = std::min(least, when);
    CAF_REQUIRE_EQUAL(heap.first_time(), least);
    CAF_REQUIRE_EQUAL(model.at(heap.first()), least);
  }
}
