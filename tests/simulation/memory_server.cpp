#include "tests/simulation/memory_server.hpp"

#include "system/cluster/join.hpp"

#include <algorithm>
#include <stdexcept>

namespace troupe::test {

using storage::batch_status;

namespace {

constexpr milliseconds queue_deadline{5'000}; // as storage::connection_settings has it

} // namespace

memory_server::memory_server(memory_tables& t) : tables(t) {
  tables.locked = [this](shard_id shard) {
    return std::any_of(open_.begin(), open_.end(), [shard](auto& b) {
      return std::find(b.held.begin(), b.held.end(), shard) != b.held.end();
    });
  };
  tables.ended = [this](const cluster::node_id& dead) {
    terminate_all(troupe::application_name(dead.name, dead.incarnation));
  };
}

memory_server::backend& memory_server::send(std::int32_t pid, std::string application,
                                            std::vector<storage::step> steps, storage::completion done) {
  auto& b = open_.emplace_back();
  b.pid = pid;
  b.application = std::move(application);
  b.fenced = !steps.empty() && std::string_view(steps.front().sql->name) == "journal_fence";
  b.steps = std::move(steps);
  b.done = std::move(done);
  return b;
}

/// Whether each shard is still at the epoch that the fence names.
bool memory_server::holds(const storage::step& fence) const {
  auto shards = elements(fence.values.at(0)), epochs = elements(fence.values.at(1));
  for (std::size_t i = 0; i < shards.size(); ++i) {
    auto shard = static_cast<std::size_t>(number(shards[i]));
    if (shard >= tables.shards.size() || tables.shards[shard].epoch != number(epochs.at(i))) return false;
  }
  return true;
}

void memory_server::begin(backend& b) {
  b.now = stage::begun;
  if (!b.fenced) return;
  if (!holds(b.steps.front()) && !ignores_the_fence) {
    b.result.status = batch_status::failed;
    b.result.sqlstate = "TF001";
    b.result.message = "fence lost";
    b.now = stage::committed;
    return;
  }
  for (auto& s : elements(b.steps.front().values.at(0))) b.held.push_back(static_cast<shard_id>(number(s)));
}

void memory_server::execute(backend& b) {
  auto now = to_micros(tables.now());
  for (auto& s : b.steps) {
    std::string_view name = s.sql->name;
    if (&s == &b.steps.front() && b.fenced) {
      b.result.results.push_back(rows_of({}));
      continue;
    }
    if (name == "journal_terminate") {
      auto pid = static_cast<std::int32_t>(number(s.values.at(0)));
      bool ours = std::any_of(open_.begin(), open_.end(),
                              [&](auto& o) { return o.pid == pid && o.application == b.application; });
      if (ours) terminate(pid);
      b.result.results.push_back(rows_of({}));
      continue;
    }
    auto twin = b.fenced ? change_twin(name) : read_twin(name);
    if (!twin) throw std::logic_error("no twin of the statement " + std::string(name));
    b.result.results.push_back(rows_of(twin({rows, s.values, now, b.application})));
  }
  b.result.status = batch_status::committed;
  b.result.backend_pid = b.pid;
}

void memory_server::commit(backend& b) {
  execute(b);
  unlock(b);
  b.now = stage::committed;
}

void memory_server::answer(backend& b) {
  auto done = std::move(b.done);
  auto result = std::move(b.result);
  erase(b);
  if (done) done(std::move(result));
}

void memory_server::advance(backend& b) {
  switch (b.now) {
  case stage::sent: return begin(b);
  case stage::begun: return commit(b);
  case stage::committed: return answer(b);
  }
}

void memory_server::cut(backend& b) {
  auto done = std::exchange(b.done, {});
  storage::batch_result lost;
  lost.status = batch_status::unknown;
  lost.backend_pid = b.pid;
  if (b.now == stage::committed) erase(b);
  if (done) done(std::move(lost));
}

void memory_server::terminate(std::int32_t pid) {
  auto it = std::find_if(open_.begin(), open_.end(), [pid](auto& b) { return b.pid == pid; });
  if (it == open_.end()) return;
  if (it->now == stage::committed && it->done) return; // it had answered before
  auto done = std::move(it->done);
  open_.erase(it);
  storage::batch_result lost;
  lost.status = batch_status::unknown;
  lost.backend_pid = pid;
  if (done) done(std::move(lost));
}

void memory_server::terminate_all(const std::string& application) {
  std::vector<std::int32_t> pids;
  for (auto& b : open_)
    if (b.application == application) pids.push_back(b.pid);
  for (auto pid : pids) terminate(pid);
}

bool memory_server::locks_are_consistent() const {
  return std::all_of(open_.begin(), open_.end(),
                     [](auto& b) { return b.held.empty() || b.now == stage::begun; });
}

void memory_server::unlock(backend& b) { b.held.clear(); }

void memory_server::erase(backend& b) {
  open_.erase(std::find_if(open_.begin(), open_.end(), [&b](auto& o) { return &o == &b; }));
}

storage::batch_result memory_server::run(const std::vector<storage::step>& steps,
                                         const std::string& application) {
  storage::batch_result out;
  auto& b = send(new_pid(), application, steps, [&out](storage::batch_result r) { out = std::move(r); });
  begin(b);
  if (b.now == stage::begun) commit(b);
  answer(b);
  return out;
}

// -- a node's connections ---------------------------------------------------------------------

class memory_database::writer final : public storage::connection {
 public:
  explicit writer(memory_database& owner) : owner_(owner) {}

  void submit(std::vector<storage::step> steps, storage::completion done) override {
    owner_.ask({true, std::move(steps), std::move(done), {}});
  }
  bool connected() const noexcept override { return !owner_.away_; }
  std::int32_t backend_pid() const noexcept override { return 0; }

 private:
  memory_database& owner_;
};

memory_database::memory_database(memory_server& server, std::string application, int writers)
    : server_(server), application_(std::move(application)) {
  for (int i = 0; i < writers; ++i) writers_.push_back(std::make_unique<writer>(*this));
}

memory_database::~memory_database() = default;

storage::connection& memory_database::writer_of(std::uint32_t shard) {
  return *writers_[shard % writers_.size()];
}

void memory_database::read(std::vector<storage::step> steps, storage::completion done) {
  ask({false, std::move(steps), std::move(done), {}});
}

/// A JOURNAL has one batch under way, so that each may have a backend of its own.
void memory_database::ask(waiting one) {
  if (dead_) return;
  one.until = server_.tables.now() + queue_deadline;
  if (away_)
    waiting_.push_back(std::move(one));
  else
    server_.send(server_.new_pid(), application_, std::move(one.steps), std::move(one.done));
}

void memory_database::set_away(bool away) {
  away_ = away;
  if (!away)
    for (auto& one : std::exchange(waiting_, {})) ask(std::move(one));
}

void memory_database::give_up_waiting() {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (it->until > server_.tables.now()) {
      ++it;
      continue;
    }
    auto done = std::move(it->done);
    it = waiting_.erase(it);
    done({});
  }
}

std::size_t memory_database::connections() const noexcept { return writers_.size() + 1; }

void memory_database::die(bool with_its_machine) {
  dead_ = true;
  waiting_.clear();
  std::vector<std::int32_t> unfinished;
  for (auto& b : server_.open()) {
    if (b.application != application_) continue;
    b.done = {};
    if (b.stuck && !with_its_machine) unfinished.push_back(b.pid);
  }
  for (auto pid : unfinished) server_.terminate(pid);
}

} // namespace troupe::test
