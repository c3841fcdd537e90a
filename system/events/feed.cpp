#include "system/events/feed.hpp"

#include "system/events/tail.hpp"

namespace troupe::events {

feed::feed(caf::actor_system& system, const runtime& rt, feed_settings settings, renderer r)
    : counters_(std::make_shared<feed_counters>()),
      tail_(system.spawn(tail, &rt, std::make_shared<const feed_settings>(settings),
                         std::make_shared<const renderer>(std::move(r)), counters_)) {}

feed::~feed() { caf::anon_send_exit(tail_, caf::exit_reason::user_shutdown); }

void feed::order(std::shared_ptr<listener> who, reply_slot<opened> answer) const {
  caf::anon_send(tail_, open_order{std::move(who), std::move(answer)});
}

void feed::close(std::uint64_t id) const { caf::anon_send(tail_, close_order{id}); }

} // namespace troupe::events
