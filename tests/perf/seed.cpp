#include "actors/social/types.hpp"
#include "net/platforms/adapters.hpp"
#include "system/actor/address.hpp"
#include "system/core/clock.hpp"
#include "system/core/secrets.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <iostream>

// Prints SQL for psql that fills a migrated database: workspaces, sandbox accounts with sealed credentials,
// and scheduled posts, as if people had made them. Crash tests and measurements begin here.

namespace {

using namespace troupe;

struct wishes {
  std::string key_file, sandbox_url, owner, behaviour = "ok", prefix = "seed", text = "A post of the seed";
  std::uint32_t shards = 256;
  long workspaces = 1, accounts = 1, posts = 0;
  std::int64_t due_in_ms = 0, spread_us = 0, due_us = 0;
};

struct account {
  uuid id, workspace;
  std::uint32_t shard = 0;
};

std::string time_text(timestamp t) { return format_utc(t); }

/// `bytea` in the text form of COPY, where a backslash is written twice.
std::string copied_bytes(std::string_view bytes) { return "\\\\x" + secrets::hex(bytes); }

class writer {
 public:
  void line(std::string_view text) {
    buffer_ += text;
    buffer_ += '\n';
    if (buffer_.size() > 1 << 20) flush();
  }
  void flush() {
    std::fwrite(buffer_.data(), 1, buffer_.size(), stdout);
    buffer_.clear();
  }

 private:
  std::string buffer_;
};

std::vector<account> write_accounts(writer& out, const wishes& w, const secrets::key_ring& keys,
                                    timestamp now) {
  std::vector<account> accounts;
  auto created = time_text(now);
  out.line("COPY workspace (id, shard_id, name, time_zone, created_at) FROM stdin;");
  std::vector<account> places; // one per workspace
  for (long i = 0; i < w.workspaces; ++i) {
    account a;
    a.workspace = new_uuid(now);
    a.shard = shard_of(a.workspace, w.shards);
    places.push_back(a);
    out.line(fmt::format("{}\t{}\t{} {}\tUTC\t{}", to_string(a.workspace), a.shard, w.prefix, i, created));
  }
  out.line("\\.");
  if (!w.owner.empty()) {
    out.line("COPY member (workspace_id, user_id, shard_id, role) FROM stdin;");
    for (auto& p : places)
      out.line(fmt::format("{}\t{}\t{}\towner", to_string(p.workspace), w.owner, p.shard));
    out.line("\\.");
  }
  auto limits = boost::json::serialize(
      platforms::to_json(platforms::make_sandbox(w.sandbox_url)->describe().default_limits));
  out.line("COPY account (id, workspace_id, shard_id, platform, remote_id, handle, display_name, server, "
           "state, sealed, limits, "
           "last_checked_at, created_at) FROM stdin;");
  for (auto& p : places)
    for (long i = 0; i < w.accounts; ++i) {
      auto a = p;
      a.id = new_uuid(now);
      auto handle = fmt::format("{}-{}", w.prefix, accounts.size());
      auto secret = boost::json::serialize(boost::json::object{
          {"token", "sandbox-" + handle}, {"behaviour", w.behaviour}, {"refreshed", false}});
      out.line(fmt::format("{}\t{}\t{}\tsandbox\t{}\t{}\t{}\t{}\tactive\t{}\t{}\t{}\t{}", to_string(a.id),
                           to_string(a.workspace), a.shard, handle, handle, handle, w.sandbox_url,
                           copied_bytes(keys.seal(secret, seal_context(a.id))), limits, created, created));
      accounts.push_back(a);
    }
  out.line("\\.");
  return accounts;
}

void write_posts(writer& out, const wishes& w, const std::vector<account>& accounts, timestamp now) {
  struct entry {
    uuid post, delivery;
    timestamp due;
  };
  std::vector<entry> entries;
  entries.reserve(static_cast<std::size_t>(w.posts));
  auto base = w.due_us > 0 ? from_micros(w.due_us) : now + milliseconds{w.due_in_ms};
  for (long i = 0; i < w.posts; ++i)
    entries.push_back({new_uuid(now), new_uuid(now), base + microseconds{i * w.spread_us}});
  auto place = [&](std::size_t i) -> const account& { return accounts[i % accounts.size()]; };
  auto created = time_text(now);
  auto author = w.owner.empty() ? to_string(uuid{}) : w.owner;
  out.line("COPY post (id, workspace_id, shard_id, author_id, text, scheduled_at, created_at, updated_at) "
           "FROM stdin;");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& a = place(i);
    out.line(fmt::format("{}\t{}\t{}\t{}\t{} {}\t{}\t{}\t{}", to_string(entries[i].post),
                         to_string(a.workspace), a.shard, author, w.text, i, time_text(entries[i].due),
                         created, created));
  }
  out.line("\\.");
  out.line("COPY delivery (id, post_id, workspace_id, shard_id, account_id, platform, due_at, state, "
           "is_open, idempotency_key) "
           "FROM stdin;");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& a = place(i);
    auto id = to_string(entries[i].delivery);
    out.line(fmt::format("{}\t{}\t{}\t{}\t{}\tsandbox\t{}\tscheduled\tt\t{}", id, to_string(entries[i].post),
                         to_string(a.workspace), a.shard, to_string(a.id), time_text(entries[i].due), id));
  }
  out.line("\\.");
  out.line("COPY ledger (at, delivery_id, shard_id, from_state, to_state, node, epoch, attempt, reason) FROM "
           "stdin;");
  for (std::size_t i = 0; i < entries.size(); ++i)
    out.line(fmt::format("{}\t{}\t{}\tdraft\tscheduled\tseed\t0\t0\tscheduled", created,
                         to_string(entries[i].delivery), place(i).shard));
  out.line("\\.");
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Prints SQL that fills a migrated database with workspaces, sandbox accounts and scheduled posts."};
  wishes w;
  app.add_option("--key-file", w.key_file, "the node's secret key file")->required();
  app.add_option("--sandbox-url", w.sandbox_url, "sandbox.url of the node")->required();
  app.add_option("--shards", w.shards, "cluster.shards of the node");
  app.add_option("--owner", w.owner, "user id that becomes owner of the workspaces");
  app.add_option("--behaviour", w.behaviour, "Sandbox-Behaviour of the accounts");
  app.add_option("--prefix", w.prefix, "begins every name");
  app.add_option("--text", w.text, "begins every post");
  app.add_option("--workspaces", w.workspaces)->check(CLI::Range(1l, 1'000'000l));
  app.add_option("--accounts", w.accounts, "per workspace")->check(CLI::Range(1l, 1'000l));
  app.add_option("--posts", w.posts, "over all accounts in turn")->check(CLI::Range(0l, 10'000'000l));
  app.add_option("--due-in-ms", w.due_in_ms, "when the first post is due, from now");
  app.add_option("--due-us", w.due_us, "the same as microseconds since 1970");
  app.add_option("--spread-us", w.spread_us, "between the due times of two posts")
      ->check(CLI::NonNegativeNumber);
  CLI11_PARSE(app, argc, argv);

  secrets::init();
  auto keys = secrets::key_ring::load(w.key_file);
  if (!keys) {
    std::cerr << "troupe_seed: " << keys.error().detail << '\n';
    return 1;
  }
  writer out;
  auto now = system_now();
  out.line("SET synchronous_commit = off;\nBEGIN;");
  auto accounts = write_accounts(out, w, *keys, now);
  if (w.posts > 0) write_posts(out, w, accounts, now);
  out.line("COMMIT;");
  out.flush();
  return 0;
}
