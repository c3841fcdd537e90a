#pragma once

#include "net/bridge/http.hpp"
#include "system/node/engine.hpp"
#include "tests/support/postgres.hpp"

#include <caf/all.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>

namespace troupe::test {

/// A network of the sandbox kind inside the test: counts raw requests per key and can be told to misbehave.
class small_network {
 public:
  small_network();
  std::string url() const;

  struct seen {
    int raw = 0;
    int applied = 0;
    std::string body;
  };
  std::map<std::string, seen> record() const;
  int applied() const;
  /// The next `count` posts, after those of which this was said before, are answered with `status` (0: no
  /// answer at all), applied before or not.
  void misbehave(int count, int status, bool apply);
  /// Answers nothing until `let_go`; what comes in is applied and counted.
  void hold();
  void let_go();
  /// Waits until `what(record)` holds; fails the test with the record after 20 s.
  void wait(const char* name, std::function<bool(const std::map<std::string, seen>&)> what) const;

 private:
  bridge::reply post(const bridge::request& r);
  void answer_all(); // under the mutex
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, seen> record_;
  struct fault {
    int status = 500;
    bool applies = false;
  };
  std::deque<fault> faults_;
  bool held_ = false;
  std::unique_ptr<bridge::server> server_;
  std::vector<std::pair<bridge::responder, bridge::reply>> unanswered_;
};

/// One node without its HTTP bridge, against a real PostgreSQL, with a users group that lets everybody do
/// everything. `restart` is a new incarnation on the same database.
class small_node {
 public:
  explicit small_node(small_network& network, std::function<void(config::settings&)> tune = {});
  ~small_node();

  void start();
  void stop();  // gracefully
  void crash(); // no goodbye: as if killed, as far as that goes within one process

  /// Asks an entity and returns its answer; failures come back as `failure`.
  template <class Reply, class Message>
  expected<Reply> ask(const entity_ref& to, Message m) {
    caf::scoped_actor self{*system_};
    expected<Reply> out = failure{ec::internal};
    self->request(core_->rt().route->find(to), std::chrono::seconds{15},
                  routed{to, caf::make_message(std::move(m))})
        .receive([&](Reply& r) { out = std::move(r); }, [&](const caf::error& e) { out = to_failure(e); });
    return out;
  }

  uuid connect_account(const std::string& handle, const std::string& behaviour = "");
  /// A post for these accounts; scheduled `in` from now unless negative.
  expected<document> make_post(uuid id, std::vector<uuid> accounts, milliseconds in,
                               const std::string& key = "");
  std::string state_of(uuid post);
  /// Waits until the post is in `state`; fails the test after 20 s with what it saw.
  void wait_state(uuid post, const std::string& state);
  /// Waits until the query answers true; fails the test after 20 s.
  void wait_sql(const char* name, const char* text);
  /// "from>to" of every ledger row of the post's deliveries, in order.
  std::vector<std::string> ledger(uuid post);
  storage::rows sql(const char* text, const storage::params& values = {});
  node::engine& core() { return *core_; }
  uuid workspace = new_uuid(system_now());
  uuid user = new_uuid(system_now());

 private:
  postgres postgres_;
  config::settings config_;
  std::string directory_;
  secrets::key_ring keys_;
  std::unique_ptr<node::actor_config> actor_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<node::engine> core_;
};

} // namespace troupe::test
