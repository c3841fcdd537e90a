#include "tests/sink/server.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

/// The recording network as a program: see README.md of this folder.
int main(int argc, char** argv) {
  CLI::App app{"A network that honours the sandbox protocol and records every raw request."};
  int port = 0, latency_ms = 0;
  std::string honour_keys = "yes", journal;
  std::vector<std::string> faults;
  app.add_option("--port", port, "port on 127.0.0.1; 0 takes a free one")->check(CLI::Range(0, 65535));
  app.add_option("--honour-keys", honour_keys, "whether a repeated key is recognised")
      ->check(CLI::IsMember({"yes", "no"}));
  app.add_option("--latency-ms", latency_ms, "every post is answered this late")
      ->check(CLI::Range(0, 600'000));
  app.add_option("--journal", journal, "file in which every raw request stands before it is answered");
  app.add_option("--fault", faults, "mode:probability:seed, several allowed");
  CLI11_PARSE(app, argc, argv);

  // As many connections as the system allows at all.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  int stop = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

  try {
    troupe::sink::network network{{honour_keys == "yes", latency_ms}};
    std::vector<troupe::sink::fault> plan;
    for (auto& text : faults) {
      auto f = troupe::sink::parse_fault(text);
      if (!f) throw std::runtime_error("--fault: " + text + " is not mode:probability:seed");
      plan.push_back(std::move(*f));
    }
    network.faults().set(std::move(plan));
    if (!journal.empty()) network.log().open(journal, network.known());
    troupe::sink::server server{network, port};
    fmt::print("{{\"port\":{},\"pid\":{}}}\n", server.port(), ::getpid());
    std::fflush(stdout);
    server.run(stop);
  } catch (const std::exception& e) {
    fmt::print(stderr, "troupe_sink: {}\n", e.what());
    return 1;
  }
  return 0;
}
