#include "net/api/admin_peers.hpp"

#include "system/core/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace troupe::api {

namespace {

/// Of what is left until an answer is due here: for the way back.
constexpr auto way_back = milliseconds{300};
/// Questions that a DESK works on at once; beyond: overloaded.
constexpr std::size_t most_open = 256;

milliseconds time_left(const call_ptr& c) {
  auto left =
      std::chrono::duration_cast<milliseconds>(c->request.deadline - std::chrono::steady_clock::now());
  return std::max(left - way_back, milliseconds{1});
}

/// Where the answer of an operation goes that nobody asked for over HTTP.
struct to_desk final : bridge::responder::sink {
  to_desk(caf::actor d, std::uint64_t i) : desk(std::move(d)), id(i) {}
  void deliver(bridge::reply r) override {
    caf::anon_send(desk, desk_answer{id, {r.status, std::move(r.body)}});
  }
  caf::actor desk;
  std::uint64_t id;
};

const admin_operation* find_operation(const std::string& id) {
  auto& all = admin_operations();
  auto found = std::find_if(all.begin(), all.end(), [&](auto& o) { return o.op.id == id; });
  return found != all.end() && found->for_peers ? &*found : nullptr;
}

} // namespace

caf::behavior admin_desk(caf::stateful_actor<desk_state>* self, const admin_context* admin) {
  self->set_error_handler([](caf::error& e) { log::warning("desk.error", {{"error", to_string(e)}}); });
  self->set_default_handler(caf::print_and_drop);
  return {
      [=](cluster::node_question& q) -> caf::result<cluster::node_answer> {
        auto* wanted = find_operation(q.operation);
        // Of a newer version, or none at all.
        if (!wanted) return to_error({ec::not_found, "this node does not know that operation"});
        if (self->state.open.size() >= most_open) return to_error({ec::overloaded});
        auto id = ++self->state.last_id;
        auto promise = self->make_response_promise();
        self->state.open.emplace(id, promise);
        bridge::request r;
        r.method = wanted->method;
        r.path = "/admin/v1" + wanted->path;
        r.path_params = std::move(q.path);
        r.query = std::move(q.query);
        r.body = std::move(q.body);
        r.request_id = fmt::format("peer-{}", id);
        r.deadline = std::chrono::steady_clock::now() + milliseconds{q.within_ms};
        auto c = std::make_shared<call>(
            *admin->api, std::move(r),
            bridge::responder{std::make_shared<to_desk>(caf::actor_cast<caf::actor>(self), id)});
        c->metered = false;
        admin->api->pool->post([c, admin, work = wanted->work](bridge_actor* actor) {
          c->self = actor;
          c->guard([&] { work(*admin, c); });
        });
        return promise;
      },
      [=](desk_answer& a) {
        auto found = self->state.open.find(a.id);
        if (found == self->state.open.end()) return;
        auto promise = std::move(found->second);
        self->state.open.erase(found);
        promise.deliver(std::move(a.answer));
      },
  };
}

void ask_peer(const call_ptr& c, const caf::actor& link, cluster::node_question question, milliseconds within,
              std::function<void(const call_ptr&, expected<cluster::node_answer>)> then) {
  auto patience = std::min(time_left(c), within);
  question.within_ms = static_cast<std::uint32_t>(patience.count());
  c->self
      ->request(link, patience + way_back / 2,
                routed{cluster::node_itself(), caf::make_message(std::move(question))})
      .then([c, then](const cluster::node_answer& a) { c->guard([&] { then(c, a); }); },
            [c, then](const caf::error& e) { c->guard([&] { then(c, to_failure(e)); }); });
}

bool pass_to_peer(const admin_context& admin, const call_ptr& c, std::string operation,
                  std::string_view path) {
  auto node = path.substr(0, path.find('/'));
  if (node.empty() || node == admin.api->rt->owner->node_name() || !admin.peers) return false;
  auto peers = admin.peers();
  auto found = std::find_if(peers.begin(), peers.end(), [&](auto& p) { return p.first.name == node; });
  if (found == peers.end()) return false;
  cluster::node_question q;
  q.operation = std::move(operation);
  q.path = c->request.path_params;
  q.query = c->request.query;
  q.body = c->request.body;
  ask_peer(c, found->second, std::move(q), time_left(c),
           [name = std::string(node)](const call_ptr& c2, expected<cluster::node_answer> a) {
             if (!a) {
               failure f{ec::unavailable, fmt::format("node '{}' does not answer", name)};
               f.retry_after_ms = 1'000;
               return c2->fail(f);
             }
             bridge::reply reply;
             reply.status = a->status;
             reply.body = std::move(a->body);
             if (a->status >= 400) reply.content_type = "application/problem+json";
             c2->answer(std::move(reply));
           });
  return true;
}

} // namespace troupe::api
