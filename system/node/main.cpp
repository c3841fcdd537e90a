#include "config/settings.hpp"
#include "system/core/log.hpp"
#include "system/core/secrets.hpp"
#include "system/node/commands.hpp"
#include "system/node/version.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cstdlib>
#include <iostream>

// The program `troupe`: one binary for the server and its operators.
int main(int argc, char** argv) {
  using namespace troupe;
  CLI::App app{"Troupe: plan, publish exactly once, measure."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("troupe ") + node::version);
  config::sources from;
  if (const char* file = std::getenv("TROUPE_CONFIG")) from.file = file;
  std::string path, email, on_off;
  bool from_stdin = false;
  app.fallthrough();
  app.add_option("--config", from.file, "configuration file (default: $TROUPE_CONFIG)");
  app.add_option("--set", from.overrides,
                 "section.key=value, wins over file and environment; may be repeated");
  auto* serve = app.add_subcommand("serve", "run a node until SIGTERM or SIGINT");
  std::string node_name, cluster_address;
  serve->add_option("--node-name", node_name, "the same as --set node.name=...");
  serve->add_option("--cluster-address", cluster_address, "the same as --set cluster.address=...");
  auto* migrate = app.add_subcommand("migrate", "bring the database up to date");
  auto* check =
      app.add_subcommand("check-config", "say what is wrong with the configuration, or print what holds");
  auto* keys = app.add_subcommand("keys", "the secret key file");
  keys->require_subcommand(1);
  auto* init = keys->add_subcommand("init", "make the key file (mode 0600)");
  auto* rotate = keys->add_subcommand("rotate", "add a key; restart the nodes, then run 'keys reseal'");
  auto* reseal =
      keys->add_subcommand("reseal", "seal stored secrets with the newest key, rotate the signing key");
  auto* inspect = app.add_subcommand("inspect", "look at the actors of the running node");
  inspect->add_option("path", path, "group, group/shard or kind/home/id; empty: the whole tree");
  auto* users = app.add_subcommand("users", "user accounts");
  users->require_subcommand(1);
  auto* reset = users->add_subcommand("reset-password", "set a new password and end all sessions");
  reset->add_option("email", email, "whose password")->required();
  reset->add_flag("--stdin", from_stdin, "read the password from standard input instead of making one");
  auto* operates = users->add_subcommand("operator", "say whether a user may operate the instance");
  operates->add_option("email", email, "who")->required();
  operates->add_option("on-off", on_off, "on or off")->required()->check(CLI::IsMember({"on", "off"}));
  auto* restored = app.add_subcommand("restored", "confirm that the database was restored from a backup");
  auto* nodes = app.add_subcommand("nodes", "the nodes of the cluster: state, lease, shards, lag");
  std::string which_node;
  std::int64_t shard = 0, patience_s = 60;
  auto* drain =
      app.add_subcommand("drain", "hand the shards of a node to the others; it goes on serving requests");
  drain->add_option("node", which_node, "which node")->required();
  drain->add_option("--wait", patience_s, "seconds to watch it (60)")->check(CLI::Range(1, 86'400));
  auto* rebalance = app.add_subcommand(
      "rebalance", "let drained nodes own shards again, and see each shard go where it belongs");
  rebalance->add_option("--wait", patience_s, "seconds to watch it (60)")->check(CLI::Range(1, 86'400));
  auto* shards = app.add_subcommand("shard", "who owns a shard, and who did");
  shards->add_option("number", shard, "which shard")->required();
  CLI11_PARSE(app, argc, argv);

  if (!node_name.empty()) from.overrides.push_back("node.name=" + node_name);
  if (!cluster_address.empty()) from.overrides.push_back("cluster.address=" + cluster_address);
  from.environment = config::environment_of(environ);
  auto loaded = config::load(from);
  for (auto& problem : loaded.issues) std::cerr << config::to_string(problem) << '\n';
  if (!loaded.issues.empty()) return 2;
  if (check->parsed()) {
    std::cout << config::effective(loaded);
    return 0;
  }
  auto& c = loaded.values;
  log::set_level(c.node.log_level == "debug"     ? log::level::debug
                 : c.node.log_level == "warning" ? log::level::warning
                 : c.node.log_level == "error"   ? log::level::error
                                                 : log::level::info);
  try {
    secrets::init();
    if (serve->parsed()) return node::serve(c);
    if (migrate->parsed()) return node::migrate(c);
    if (init->parsed()) return node::keys_init(c);
    if (rotate->parsed()) return node::keys_rotate(c);
    if (reseal->parsed()) return node::keys_reseal(c);
    if (inspect->parsed()) return node::inspect(c, path);
    if (reset->parsed()) return node::reset_password(c, email, from_stdin);
    if (operates->parsed()) return node::set_operator(c, email, on_off == "on");
    if (restored->parsed()) return node::restored(c);
    if (nodes->parsed()) return node::show_nodes(c);
    if (drain->parsed()) return node::drain_node(c, which_node, std::chrono::seconds{patience_s});
    if (rebalance->parsed()) return node::rebalance(c, std::chrono::seconds{patience_s});
    if (shards->parsed()) return node::show_shard(c, shard);
  } catch (const std::exception& e) {
    std::cerr << "troupe: " << e.what() << '\n';
    return 1;
  }
  return 2;
}
