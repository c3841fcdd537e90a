#include "tests/support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace troupe::test {

pid_t spawn(const std::vector<std::string>& command, const std::string& output_file) {
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int output = ::open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) throw std::runtime_error(output_file + ": " + std::strerror(errno));
  auto parent = ::getpid();
  auto pid = ::fork();
  if (pid == 0) { // Only async-signal-safe calls from here on.
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(output, 1);
    ::dup2(output, 2);
    int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    ::syscall(SYS_close_range, 3u, ~0u, 0u);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(output);
  if (pid < 0) throw std::runtime_error(command[0] + ": " + std::strerror(errno));
  return pid;
}

bool wait_for_exit(pid_t pid, std::chrono::milliseconds deadline, int* status) {
  int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd >= 0) {
    pollfd p{fd, POLLIN, 0};
    auto until = std::chrono::steady_clock::now() + deadline;
    for (;;) {
      auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      int n = ::poll(&p, 1, static_cast<int>(left > 0 ? left : 0));
      if (n >= 0 || errno != EINTR) break;
    }
    ::close(fd);
    if ((p.revents & POLLIN) == 0) return false;
  }
  int ignored = 0;
  return ::waitpid(pid, status ? status : &ignored, 0) == pid;
}

void run(const std::vector<std::string>& command, const std::string& output_file,
         std::chrono::milliseconds deadline) {
  auto pid = spawn(command, output_file);
  int status = 0;
  if (!wait_for_exit(pid, deadline, &status)) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    throw std::runtime_error(command[0] + " took too long: " + read_file(output_file));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(command[0] + " failed: " + read_file(output_file));
}

int free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  bool ok = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (fd >= 0) ::close(fd);
  if (!ok) throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

std::string read_file(const std::string& path, long offset) {
  std::ifstream in(path);
  in.seekg(offset);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<pid_t> children_of(pid_t pid) {
  auto name = std::to_string(pid);
  std::istringstream in(read_file("/proc/" + name + "/task/" + name + "/children"));
  std::vector<pid_t> out;
  for (pid_t child = 0; in >> child;) out.push_back(child);
  return out;
}

} // namespace troupe::test
