#include "tests/system/actor/support.hpp"

#include "system/actor/supervisor.hpp"

namespace troupe::test {

test_config::test_config() {
  add_message_types<caf::id_block::troupe_actor>();
  add_message_types<caf::id_block::troupe_group>();
  add_message_types<caf::id_block::troupe_journal>();
  set("scheduler.max-threads", static_cast<std::size_t>(2));
}

} // namespace troupe::test
