#include "audience.hpp"

#include <caf/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace troupe::test {

namespace {

constexpr std::chrono::seconds patience{30};

struct message_types : caf::actor_system_config {
  message_types() {
    add_message_types<caf::id_block::troupe_actor>();
    add_message_types<caf::id_block::troupe_journal>();
    set("scheduler.max-threads", static_cast<std::size_t>(2));
  }
};

// What the edge gives in earnest; here there is a table of its own.
const storage::statement strangers{
    "test_strangers", "SELECT p.w, p.u FROM unnest($1::uuid[], $2::uuid[]) AS p(w, u) WHERE EXISTS "
                      "(SELECT FROM stranger s WHERE s.user_id = p.u)"};

std::string text_of(const events::mark& m) {
  return m.history + "," + std::to_string(m.at.xid) + "," + std::to_string(m.at.seq) + "," +
         std::to_string(to_micros(m.time));
}

events::mark mark_of(std::string_view text) {
  std::vector<std::string> parts(1);
  for (char c : text) c == ',' ? (void)parts.emplace_back() : parts.back().push_back(c);
  return {
      parts.at(0), {std::stoull(parts.at(1)), std::stoll(parts.at(2))}, from_micros(std::stoll(parts.at(3)))};
}

events::renderer plain() {
  events::renderer r;
  r.each = [](const events::event& e, const events::mark& at) {
    return text_of(at) + ";" + e.kind + " " + to_string(e.subject) + " " + e.payload;
  };
  r.hello = [](const events::mark& at) { return text_of(at) + ";H"; };
  r.reset = [](const events::mark& at, const uuid&, std::string_view reason) {
    return text_of(at) + ";R " + std::string(reason);
  };
  r.beat = [](const events::mark* at) { return at ? text_of(*at) + ";B" : std::string("b"); };
  return r;
}

} // namespace

struct heard::notes {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> lines;
  std::vector<events::mark> marks;
  std::size_t beats = 0, most = SIZE_MAX;
  bool ended = false, welcome = true, left = false;

  events::outcome take(std::string_view bytes) {
    std::lock_guard lock(mutex);
    if (left) return events::outcome::gone;
    if (lines.size() >= most) return events::outcome::too_slow;
    auto semicolon = bytes.find(';');
    auto line = std::string(bytes.substr(semicolon == bytes.npos ? 0 : semicolon + 1));
    if (line == "B" || line == "b") {
      ++beats;
    } else {
      marks.push_back(mark_of(bytes.substr(0, semicolon)));
      lines.push_back(std::move(line));
    }
    changed.notify_all();
    return events::outcome::taken;
  }
  template <class Condition>
  void wait(std::string_view what, Condition done) {
    std::unique_lock lock(mutex);
    if (changed.wait_for(lock, patience, done)) return;
    std::string seen;
    for (auto& l : lines) seen += l + "\n";
    CAF_FAIL("waited for " << what << "; heard " << beats << " heartbeats and\n" << seen);
  }
};

heard::heard(const uuid& workspace, const uuid& user) : notes_(std::make_shared<notes>()) {
  who->workspace = workspace;
  who->user = user;
  who->send = [n = notes_](std::string_view bytes) { return n->take(bytes); };
  who->welcome = [n = notes_] {
    std::lock_guard lock(n->mutex);
    return n->welcome;
  };
  who->finish = [n = notes_] {
    std::lock_guard lock(n->mutex);
    n->ended = true;
    n->changed.notify_all();
  };
}

std::vector<std::string> heard::lines(std::size_t count) {
  notes_->wait(std::to_string(count) + " lines", [&] { return notes_->lines.size() >= count; });
  return lines_now();
}

std::vector<std::string> heard::lines_now() {
  std::lock_guard lock(notes_->mutex);
  return notes_->lines;
}

std::vector<events::mark> heard::marks() {
  std::lock_guard lock(notes_->mutex);
  return notes_->marks;
}

std::size_t heard::beats(std::size_t at_least) {
  notes_->wait(std::to_string(at_least) + " heartbeats", [&] { return notes_->beats >= at_least; });
  std::lock_guard lock(notes_->mutex);
  return notes_->beats;
}

void heard::wait_end() {
  notes_->wait("the end", [&] { return notes_->ended; });
}

bool heard::ended() {
  std::lock_guard lock(notes_->mutex);
  return notes_->ended;
}

void heard::unwelcome() {
  std::lock_guard lock(notes_->mutex);
  notes_->welcome = false;
}

void heard::leave() {
  std::lock_guard lock(notes_->mutex);
  notes_->left = true;
}

void heard::slow_after(std::size_t lines) {
  std::lock_guard lock(notes_->mutex);
  notes_->most = lines;
}

stage::stage() : shop(new_uuid(system_now())), other(new_uuid(system_now())) {
  own_ = connect();
  sql("CREATE TABLE stranger (user_id uuid)");
  sql("INSERT INTO cluster (shards, key_fingerprint, system_identifier, timeline) VALUES (4, '', 'here', 1)");
  storage::connection_settings s;
  s.dsn = dsn();
  database_ = storage::database::open(s, 1, 2);
  rt_.database = database_.get();
  rt_.ticks = &ticks_;
  config_ = std::make_unique<message_types>();
  system_ = std::make_unique<caf::actor_system>(*config_);
  settings.poll = milliseconds{5};
  settings.strangers = &strangers;
}

stage::~stage() {
  system_.reset();
  database_.reset();
}

std::unique_ptr<events::feed> stage::feed() {
  return std::make_unique<events::feed>(*system_, rt_, settings, plain());
}

events::opened stage::open(events::feed& f, heard& h) {
  caf::scoped_actor self{*system_};
  auto asking = self->spawn(
      [&f, &h](caf::event_based_actor* actor, caf::actor to) {
        f.open(actor, h.who, [to](const events::opened& o) { caf::anon_send(to, o); });
        return caf::behavior{[](int) {}};
      },
      caf::actor_cast<caf::actor>(self));
  events::opened out;
  self->receive([&](const events::opened& o) { out = o; },
                caf::after(patience) >> [] { CAF_FAIL("the feed does not answer"); });
  caf::anon_send_exit(asking, caf::exit_reason::user_shutdown);
  return out;
}

storage::rows stage::sql(const char* text, const storage::params& values) {
  auto r = own_->run(text, values);
  if (!r.ok()) CAF_FAIL(text << ": " << r.message);
  return r.results.at(0);
}

void stage::emit(const uuid& workspace, const std::string& kind, const uuid& subject,
                 const std::string& payload) {
  sql("INSERT INTO event (shard_id, workspace_id, kind, subject, payload) VALUES (0, $1, $2, $3, $4::jsonb)",
      {to_string(workspace), kind, to_string(subject), payload});
}

void stage::settle() {
  auto until = std::chrono::steady_clock::now() + patience;
  while (sql("SELECT count(*) > 0 FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())")
             .get_bool(0, 0))
    if (std::chrono::steady_clock::now() > until) CAF_FAIL("a transaction of somebody else does not end");
}

std::unique_ptr<storage::blocking_connection> stage::connect() {
  storage::connection_settings s;
  s.dsn = dsn();
  s.statement_timeout_ms = 60'000;
  auto made = storage::blocking_connection::open(s);
  if (!made) CAF_FAIL("the database: " << made.error().detail);
  return std::move(*made);
}

std::string stage::insert_of(const uuid& workspace, const std::string& kind) {
  return "INSERT INTO event (shard_id, workspace_id, kind, subject) VALUES (0, '" + to_string(workspace) +
         "', '" + kind + "', '" + to_string(uuid{}) + "');";
}

void stage::polls(const events::feed& f, std::uint64_t more) {
  auto wanted = f.counters().polls + more;
  auto until = std::chrono::steady_clock::now() + patience;
  while (f.counters().polls < wanted) {
    if (std::chrono::steady_clock::now() > until)
      CAF_FAIL("waited for poll " << wanted << ", there were " << f.counters().polls);
    std::this_thread::yield();
  }
}

} // namespace troupe::test
