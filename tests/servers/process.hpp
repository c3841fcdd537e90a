#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// Runs one of the `start` scripts beside this file for the time of a test.
namespace troupe::testing {

/// A folder of its own that goes away with it.
class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// A child process that prints one line of JSON when it is ready. Ends with its owner, and with this program.
class server_process {
 public:
  using clock = std::chrono::steady_clock;

  /// Runs `start DIRECTORY` with a fresh directory and waits for its line; throws with the end of its log
  /// when that does not come. `environment`: further "NAME=value" entries.
  explicit server_process(const std::string& start, std::vector<std::string> environment = {},
                          std::chrono::seconds deadline = std::chrono::seconds(240)) {
    const std::vector<std::string> command = {start, (folder_.path() / "state").string()};
    log_ = (folder_.path() / "stderr.log").string();
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) become(command, environment, out[1]);
    close(out[1]);
    out_ = out[0];
    try {
      ready_ = read_ready(clock::now() + deadline);
    } catch (...) {
      end();
      throw;
    }
  }
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;
  ~server_process() { end(); }

  const boost::json::object& ready() const noexcept { return ready_; }
  std::string text(std::string_view field) const {
    return boost::json::value_to<std::string>(ready_.at(field));
  }
  pid_t pid() const noexcept { return pid_; }
  /// Of the server itself where `start` brings it back when it is killed: then it is another one.
  pid_t server_pid() const {
    int found = 0;
    std::ifstream(text("pid_file")) >> found;
    if (found <= 0) throw std::runtime_error("no process id in " + text("pid_file"));
    return found;
  }

  /// SIGKILL, and waits until it is gone.
  void kill_now() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    reap();
  }

 private:
  [[noreturn]] void become(const std::vector<std::string>& command,
                           const std::vector<std::string>& environment, int out) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int log = open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(out, 1);
    dup2(log, 2);
    for (const auto& entry : environment) putenv(const_cast<char*>(entry.c_str()));
    std::vector<char*> arguments;
    for (const auto& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  boost::json::object read_ready(clock::time_point deadline) {
    std::string line;
    while (true) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
      pollfd waiting{out_, POLLIN, 0};
      if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) break;
      char buffer[4096];
      const auto got = read(out_, buffer, sizeof buffer);
      if (got <= 0) break;
      line.append(buffer, static_cast<std::size_t>(got));
      if (const auto end = line.find('\n'); end != std::string::npos) {
        boost::json::error_code error;
        auto value = boost::json::parse(line.substr(0, end), error);
        if (error || !value.is_object()) break;
        return value.as_object();
      }
    }
    throw std::runtime_error("the server did not become ready; it printed \"" + line +
                             "\" and logged: " + end_of_log());
  }

  std::string end_of_log() const {
    std::ifstream in(log_, std::ios::binary);
    std::string all{std::istreambuf_iterator<char>(in), {}};
    return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
  }

  void reap() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
  }

  void end() {
    if (out_ >= 0) close(out_);
    out_ = -1;
    if (pid_ <= 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGTERM);
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)); // glibc 2.36 has no C++ prototype
    pollfd gone{handle, POLLIN, 0};
    const bool ended = handle >= 0 && poll(&gone, 1, 30'000) > 0;
    if (handle >= 0) close(handle);
    if (!ended) ::kill(-pid_, SIGKILL); // its whole group: nothing stays behind
    reap();
  }

  temporary_folder folder_;
  std::string log_;
  pid_t pid_ = -1;
  int out_ = -1;
  boost::json::object ready_;
};

/// Runs `command` to its end with `input` on its standard input. Answers its status and what it printed.
inline std::pair<int, std::string> run_to_end(const std::vector<std::string>& command,
                                              const std::string& input) {
  temporary_folder folder;
  const auto in = (folder.path() / "in").string(), out = (folder.path() / "out").string();
  std::ofstream(in, std::ios::binary) << input;
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open(in.c_str(), O_RDONLY), 0);
    const int to = open(out.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(to, 1);
    dup2(to, 2);
    std::vector<char*> arguments;
    for (const auto& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::ifstream printed(out, std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(printed), {}};
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, all};
}

} // namespace troupe::testing
