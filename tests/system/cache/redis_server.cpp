#include "redis_server.hpp"

#include <hiredis/hiredis.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

namespace troupe::test {

namespace {

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port");
  close(fd);
  return ntohs(address.sin_port);
}

std::string text_of(const redisReply& reply) {
  switch (reply.type) {
  case REDIS_REPLY_NIL: return "(nil)";
  case REDIS_REPLY_INTEGER: return std::to_string(reply.integer);
  case REDIS_REPLY_ARRAY: {
    std::string text;
    for (std::size_t i = 0; i < reply.elements; ++i) text += text_of(*reply.element[i]) + "\n";
    return text;
  }
  default: return {reply.str, static_cast<std::size_t>(reply.len)};
  }
}

} // namespace

redis_server::redis_server(std::vector<std::string> options)
    : options_(std::move(options)), port_(free_port()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "cache-test-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
}

redis_server::~redis_server() {
  kill();
  std::filesystem::remove_all(folder_);
}

void redis_server::start() {
  std::vector<std::string> words = {"redis-server",
                                    "--port",
                                    std::to_string(port_),
                                    "--bind",
                                    "127.0.0.1",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--dir",
                                    folder_,
                                    "--unixsocket",
                                    socket_path(),
                                    "--enable-debug-command",
                                    "no"};
  words.insert(words.end(), options_.begin(), options_.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  const int error =
      posix_spawnp(&process_, words.front().c_str(), &quiet, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (error != 0) throw std::runtime_error("redis-server cannot be started");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  for (;;) {
    std::string seen;
    try {
      seen = ask({"PING"});
    } catch (const std::exception& e) {
      seen = e.what();
    }
    if (seen == "PONG" || seen.starts_with("NOAUTH")) return;
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_) {
      process_ = 0;
      throw std::runtime_error("redis-server ended at once");
    }
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("redis-server does not answer: " + seen);
    std::this_thread::yield();
  }
}

void redis_server::kill() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

void redis_server::freeze() {
  ::kill(process_, SIGSTOP);
  int status = 0;
  waitpid(process_, &status, WUNTRACED); // returns when it stands still
}

void redis_server::thaw() { ::kill(process_, SIGCONT); }

std::string redis_server::ask(const std::vector<std::string>& words) const {
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnect("127.0.0.1", port_),
                                                                    &redisFree);
  if (context == nullptr || context->err != 0) throw std::runtime_error("cannot connect");
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(context.get(), static_cast<int>(words.size()), texts.data(), sizes.data())),
      &freeReplyObject);
  if (reply == nullptr) throw std::runtime_error("no reply");
  return text_of(*reply);
}

} // namespace troupe::test
