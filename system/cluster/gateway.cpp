#include "system/cluster/gateway.hpp"

#include "system/core/log.hpp"

#include <caf/detail/behavior_impl.hpp>

#include <charconv>

namespace troupe::cluster {

namespace {

/// The continuation of a request whose answer may be of any type; an error comes as the one element of a
/// message, too.
class any_answer final : public caf::detail::behavior_impl {
 public:
  explicit any_answer(std::function<void(caf::message)> then) : then_(std::move(then)) {}
  using behavior_impl::invoke;
  caf::match_case::result invoke(caf::detail::invoke_result_visitor&, caf::type_erased_tuple& xs) override {
    then_(caf::message::copy(xs));
    return caf::match_case::match;
  }

 private:
  std::function<void(caf::message)> then_;
};

envelope_answer answer_of(caf::actor_system& system, std::uint64_t id, const caf::message& m) {
  envelope_answer out;
  out.id = id;
  if (m.match_elements<caf::error>()) {
    out.why = to_failure(m.get_as<caf::error>(0));
    return out;
  }
  out.payload = pack(system, m);
  if (out.payload.empty()) out.why = {ec::internal, "the answer cannot leave its node"};
  if (out.payload.size() > most_bytes) {
    out.payload.clear();
    out.why = {ec::payload_too_large, "the answer is too large to cross nodes"};
  }
  return out;
}

} // namespace

caf::behavior gateway(caf::stateful_actor<gateway_state>* self, const router* route, node_id me,
                      std::function<void(const caf::message&)> noticed) {
  // One message that cannot be dealt with must not end the gateway.
  self->set_error_handler([](caf::error& e) { log::warning("gateway.error", {{"error", to_string(e)}}); });
  self->set_default_handler(caf::drop);
  auto newer = [](std::uint16_t version) {
    if (version == protocol) return false;
    log::error(
        "gateway.unknown_protocol",
        {{"got", version},
         {"known", protocol},
         {"hint", "nodes work together with their own and the neighbouring version: upgrade the older one"}});
    return true;
  };
  return {
      [=](const hello& h) {
        if (newer(h.version)) return hello{0, me.name, me.incarnation};
        return hello{protocol, me.name, me.incarnation};
      },
      [=](envelope& e) {
        auto back = caf::actor_cast<caf::actor>(self->current_sender());
        auto& system = self->system();
        auto refuse = [&](failure why) {
          if (e.id && back) caf::anon_send(back, envelope_answer{e.id, {}, std::move(why)});
        };
        if (newer(e.version))
          return refuse({ec::unavailable, "the nodes speak different protocols: upgrade the older one"});
        bool for_node = e.to == node_itself();
        auto to = for_node ? self->state.desk : route->find_local(e.to);
        if (!to) return refuse({ec::fence_lost});
        auto payload = unpack(system, e.payload);
        if (payload.empty()) return refuse({ec::internal, "the other node does not know this message"});
        auto content = for_node ? std::move(payload) : caf::make_message(routed{e.to, std::move(payload)});
        if (e.id == 0) {
          to->enqueue(nullptr, caf::make_message_id(), std::move(content), self->context());
          return;
        }
        auto mid = self->new_request_id(caf::message_priority::normal);
        to->enqueue(self->ctrl(), mid, std::move(content), self->context());
        caf::behavior then;
        then.assign(caf::intrusive_ptr<caf::detail::behavior_impl>(
            caf::make_counted<any_answer>([back, id = e.id, &system](const caf::message& m) {
              if (back) caf::anon_send(back, answer_of(system, id, m));
            })));
        self->add_multiplexed_response_handler(mid.response_id(), std::move(then));
      },
      [=](const desk_is& d) { self->state.desk = d.who; },
      [=](const notice& n) {
        if (newer(n.version)) return;
        if (auto m = unpack(self->system(), n.payload); !m.empty()) noticed(m);
      },
  };
}

std::optional<std::pair<std::string, std::uint16_t>> parse_address(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  auto port = text.substr(colon + 1);
  std::uint16_t number = 0;
  auto [end, bad] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (bad != std::errc{} || end != port.data() + port.size() || number == 0) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::pair{std::string(host), number};
}

} // namespace troupe::cluster
