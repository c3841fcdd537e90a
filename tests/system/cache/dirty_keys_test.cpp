#define CAF_SUITE cache_dirty_keys
#include <caf/test/unit_test.hpp>

#include "system/cache/dirty_keys.hpp"

using troupe::cache::dirty_keys;

CAF_TEST(keys are remembered once and taken out in batches) {
  dirty_keys d(10);
  CAF_CHECK(d.empty());
  for (auto key : {"a", "b", "a", "c"}) d.add(key);
  CAF_CHECK_EQUAL(d.take(2).size(), 2u);
  CAF_CHECK(!d.empty());
  CAF_CHECK_EQUAL(d.take(2).size(), 1u);
  CAF_CHECK(d.empty());
  CAF_CHECK(d.take(2).empty());
}

CAF_TEST(more keys than can be remembered mean all) {
  dirty_keys d(2);
  for (auto key : {"a", "b", "c"}) d.add(key);
  CAF_CHECK(d.all());
  CAF_CHECK(!d.empty());
  d.add("d");
  CAF_CHECK(d.take(5).empty());
  d.forget_all();
  CAF_CHECK(d.empty());
}
