#include "tests/support/postgres_server.hpp"

#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

namespace troupe::test {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr char binaries[] = "/usr/lib/postgresql/15/bin/";
constexpr auto start_deadline = 60s;

const passwd* postgres_user() {
  auto* user = ::getpwnam("postgres");
  if (!user) throw std::runtime_error("there is no system user postgres: install postgresql-15");
  return user;
}

/// PostgreSQL refuses to run as root.
std::vector<std::string> as_postgres(std::vector<std::string> command) {
  if (::geteuid() != 0) return command;
  std::vector<std::string> out{"setpriv",       "--reuid=postgres",    "--regid=postgres",
                               "--init-groups", "--pdeathsig=SIGQUIT", "--"};
  out.insert(out.end(), command.begin(), command.end());
  return out;
}

std::string random_name() {
  std::random_device source;
  std::string out;
  for (int i = 0; i < 24; ++i) out += "abcdefghijklmnopqrstuvwxyz0123456789"[source() % 36];
  return out;
}

std::string make_folder() {
  const char* base = std::getenv("TMPDIR");
  std::string pattern = std::string(base && *base ? base : "/tmp") + "/troupe-pg-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder: " + pattern);
  if (::geteuid() == 0 && ::chown(pattern.c_str(), postgres_user()->pw_uid, postgres_user()->pw_gid) != 0)
    throw std::runtime_error("the temporary folder cannot be given to postgres: " + pattern);
  return pattern;
}

void write_file(const std::string& path, const std::string& text, std::ios::openmode mode = std::ios::trunc) {
  std::ofstream out(path, mode);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

} // namespace

postgres_server::postgres_server(const postgres_options& options)
    : folder_(make_folder()), password_(random_name()) {
  try {
    make_cluster(options);
    start();
  } catch (...) {
    if (running()) stop(SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    throw;
  }
}

postgres_server::~postgres_server() {
  if (running()) stop(SIGINT);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void postgres_server::make_cluster(const postgres_options& options) {
  auto password_file = folder_ + "/password";
  write_file(password_file, password_ + "\n");
  if (::geteuid() == 0 &&
      ::chown(password_file.c_str(), postgres_user()->pw_uid, postgres_user()->pw_gid) != 0)
    throw std::runtime_error("the password file cannot be given to postgres");
  std::vector<std::string> command{std::string(binaries) + "initdb",
                                   "-D",
                                   folder_ + "/data",
                                   "-U",
                                   "postgres",
                                   "-A",
                                   "scram-sha-256",
                                   "--pwfile=" + password_file,
                                   "-E",
                                   "UTF8",
                                   "--locale=C.UTF-8"};
  if (!options.fsync) command.push_back("-N");
  run(as_postgres(command), folder_ + "/initdb.log", 120s);
  std::string settings =
      "unix_socket_directories = '" + folder_ +
      "'\n"
      "listen_addresses = '127.0.0.1'\n"
      "max_connections = 100\n"
      "shared_buffers = 32MB\n"
      "logging_collector = off\n"
      "log_min_error_statement = panic\n"; // Failing statements are what tests are made of.
  if (!options.fsync) settings += "fsync = off\nfull_page_writes = off\n";
  if (options.tls) settings += make_certificate();
  write_file(folder_ + "/data/postgresql.conf", settings + options.extra_configuration + "\n", std::ios::app);
}

/// A certificate for this server alone, and no TCP session without it.
std::string postgres_server::make_certificate() {
  auto data = folder_ + "/data/";
  run(as_postgres({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                   "/CN=localhost", "-keyout", data + "server.key", "-out", data + "server.crt"}),
      folder_ + "/openssl.log", 60s);
  write_file(data + "pg_hba.conf",
             "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
  return "ssl = on\n";
}

void postgres_server::start() {
  if (running()) throw std::runtime_error("the server runs already");
  auto log = folder_ + "/server.log";
  std::error_code none;
  auto offset =
      static_cast<long>(std::filesystem::exists(log, none) ? std::filesystem::file_size(log, none) : 0);
  // The port stays the same over a restart, for that is what clients come back to.
  if (port_ == 0) port_ = free_port();
  pid_ = spawn(
      as_postgres({std::string(binaries) + "postgres", "-D", folder_ + "/data", "-p", std::to_string(port_)}),
      log);
  wait_until_ready(offset);
}

/// Waits for the line in the log, woken by each write to it.
void postgres_server::wait_until_ready(long log_offset) {
  auto log = folder_ + "/server.log";
  int notify = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  ::inotify_add_watch(notify, log.c_str(), IN_MODIFY);
  auto until = std::chrono::steady_clock::now() + start_deadline;
  bool ready = false;
  while (!ready && std::chrono::steady_clock::now() < until) {
    ready = read_file(log, log_offset).find("ready to accept connections") != std::string::npos;
    if (ready || wait_for_exit(pid_, 0ms)) break;
    pollfd p{notify, POLLIN, 0};
    ::poll(&p, 1, 1000); // At most a second, so that an early death is seen too.
    char events[4096];
    while (::read(notify, events, sizeof events) > 0) {
    }
  }
  ::close(notify);
  if (ready) return;
  if (::kill(pid_, 0) != 0) pid_ = -1;
  throw std::runtime_error("PostgreSQL did not start: " + log_tail());
}

void postgres_server::stop(int signal) {
  if (!running()) return;
  ::kill(pid_, signal);
  if (!wait_for_exit(pid_, 30s)) return kill_immediately();
  pid_ = -1;
}

void postgres_server::kill_immediately() {
  if (!running()) return;
  ::kill(pid_, SIGSTOP); // So that it starts no more children while we look.
  for (auto child : children_of(pid_)) ::kill(child, SIGKILL);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string postgres_server::log_tail() const {
  auto text = read_file(folder_ + "/server.log");
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

std::string postgres_server::dsn(const std::string& database) const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=postgres password=" + password_ +
         " dbname=" + database;
}

std::string postgres_server::socket_dsn(const std::string& database) const {
  return "host=" + folder_ + " port=" + std::to_string(port_) + " user=postgres password=" + password_ +
         " dbname=" + database;
}

} // namespace troupe::test
