#include "system/cluster/gateway.hpp"
#include "system/core/log.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <caf/io/middleman.hpp>

#include <future>

namespace troupe::cluster {

namespace {

/// INTERNAL LINK -> its connector.
struct reach {
  std::string host;
  std::uint16_t port = 0;
};
struct connect_again {};
struct beat_now {};

constexpr auto connect_patience = std::chrono::milliseconds{1'000};
constexpr auto connect_pause = std::chrono::milliseconds{200};

/// Whether anybody listens there. CAF's remote_actor waits without a limit, and everybody else's with it.
bool reachable(const std::string& host, std::uint16_t port) {
  namespace asio = boost::asio;
  asio::io_context io;
  asio::ip::tcp::resolver resolver{io};
  boost::system::error_code failed;
  auto where = resolver.resolve(host, std::to_string(port), failed);
  if (failed) return false;
  asio::ip::tcp::socket socket{io};
  bool good = false;
  asio::async_connect(socket, where, [&](const boost::system::error_code& e, auto&&) { good = !e; });
  io.run_for(connect_patience);
  return good;
}

} // namespace

} // namespace troupe::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cluster::reach)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cluster::connect_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cluster::beat_now)

namespace troupe::cluster {

namespace {

/// Has a thread of its own, since connecting waits.
caf::behavior connector(caf::event_based_actor* self) {
  return {[=](const reach& r) {
    connected answer;
    if (reachable(r.host, r.port)) {
      auto remote = self->system().middleman().remote_actor(r.host, r.port);
      if (remote)
        answer.remote = *remote;
      else
        log::warning("link.refused",
                     {{"address", r.host},
                      {"port", r.port},
                      {"error", to_string(remote.error())},
                      {"hint", "no node of this cluster with a version that fits listens there; see its "
                               "cluster.address, its key file and its version"}});
    }
    return answer;
  }};
}

} // namespace

void link_state::on_connected(const connected& c) {
  connecting = false;
  if (!c.remote) {
    self->delayed_send(self, connect_pause, connect_again{});
    return;
  }
  remote = c.remote;
  self->monitor(remote);
  beat();
}

void link_state::broken() {
  if (!remote) return;
  remote = nullptr;
  bool was = std::exchange(greeted, false);
  // Whether these were carried out nobody knows.
  for (auto& [id, w] : open) refuse(std::move(w.promise), ec::unavailable);
  open.clear();
  if (was) {
    log::warning("link.down", {{"node", peer.name}, {"incarnation", peer.incarnation}});
    events.down(peer);
  }
  self->delayed_send(self, connect_pause, connect_again{});
}

void link_state::refuse(caf::response_promise promise, ec why) {
  failure f{why};
  f.retry_after_ms = 1'000;
  promise.deliver(to_error(f));
}

void link_state::pass_on(routed& r) {
  bool asks = self->current_mailbox_element()->mid.is_request();
  auto promise = asks ? self->make_response_promise() : caf::response_promise{};
  // Nothing has left yet, so it is safe to ask again.
  if (!greeted) return asks ? refuse(std::move(promise), ec::fence_lost) : void();
  if (open.size() >= settings.most_waiting) return asks ? refuse(std::move(promise), ec::overloaded) : void();
  envelope e;
  e.to = r.to;
  e.payload = pack(self->system(), r.payload);
  if (e.payload.empty()) return asks ? refuse(std::move(promise), ec::internal) : void();
  if (e.payload.size() > most_bytes) return asks ? refuse(std::move(promise), ec::payload_too_large) : void();
  if (asks) {
    e.id = ++last_id;
    open.emplace(e.id,
                 waiting{std::move(promise), std::chrono::steady_clock::now() + settings.answer_within});
  }
  self->send(remote, std::move(e));
}

void link_state::answered(envelope_answer& a) {
  auto found = open.find(a.id);
  if (found == open.end()) return; // too late
  auto promise = std::move(found->second.promise);
  open.erase(found);
  if (a.payload.empty()) return promise.deliver(to_error(a.why));
  auto m = unpack(self->system(), a.payload);
  if (m.empty())
    return promise.deliver(to_error({ec::internal, "the answer of another node cannot be read"}));
  promise.deliver(std::move(m));
}

void link_state::beat() {
  auto now = std::chrono::steady_clock::now();
  for (auto it = open.begin(); it != open.end();) {
    if (it->second.deadline > now) {
      ++it;
      continue;
    }
    refuse(std::move(it->second.promise), ec::timed_out);
    it = open.erase(it);
  }
  if (!remote) return;
  self->request(remote, settings.hello_every * 8, hello{protocol, me.name, me.incarnation})
      .then(
          [this](const hello& h) {
            if (h.version != protocol || h.node != peer.name || h.incarnation != peer.incarnation) {
              log::error("link.wrong_node", {{"wanted", peer.name},
                                             {"wanted_incarnation", peer.incarnation},
                                             {"found", h.node},
                                             {"incarnation", h.incarnation},
                                             {"protocol", h.version}});
              return broken();
            }
            if (greeted || !remote) return;
            greeted = true;
            log::info("link.up", {{"node", peer.name}, {"incarnation", peer.incarnation}});
            events.up(peer);
          },
          [this](const caf::error&) { broken(); });
}

caf::behavior link(caf::stateful_actor<link_state>* self, node_id peer, std::string address, node_id me,
                   gateway_settings settings, link_events events) {
  auto& s = self->state;
  s.self = self;
  s.peer = std::move(peer);
  s.me = std::move(me);
  s.settings = settings;
  s.events = std::move(events);
  self->set_down_handler([=](const caf::down_msg& m) {
    auto& st = self->state;
    if (st.remote && m.source == st.remote.address()) st.broken();
  });
  self->set_error_handler([](caf::error& e) { log::warning("link.error", {{"error", to_string(e)}}); });
  self->set_default_handler(caf::drop);
  auto where = parse_address(address).value_or(std::pair{std::string{}, std::uint16_t{0}});
  caf::actor reaching;
  if (!s.settings.reach) reaching = self->spawn<caf::detached + caf::linked>(connector);
  auto connect = [=] {
    auto& st = self->state;
    if (st.remote || st.connecting) return;
    if (st.settings.reach) return st.on_connected({st.settings.reach()});
    st.connecting = true;
    self->request(reaching, connect_patience * 30, reach{where.first, where.second})
        .then([self](const connected& c) { self->state.on_connected(c); },
              [self](const caf::error&) { self->state.on_connected({}); });
  };
  connect();
  self->delayed_send(self, s.settings.hello_every, beat_now{});
  return {
      [=](routed& r) { self->state.pass_on(r); },
      [=](envelope_answer& a) { self->state.answered(a); },
      [=](const notice& n) {
        if (self->state.greeted) self->send(self->state.remote, n);
      },
      [=](connect_again) { connect(); },
      [=](beat_now) {
        self->state.beat();
        self->delayed_send(self, self->state.settings.hello_every, beat_now{});
      },
  };
}

} // namespace troupe::cluster
