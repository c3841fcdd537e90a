#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

/// Starting and ending the programs that tests need beside themselves.
namespace troupe::test {

/// Starts a program with its output appended to `output_file`; it dies with this process. The caller's thread
/// must live as long as the program. Throws when it cannot be started.
pid_t spawn(const std::vector<std::string>& command, const std::string& output_file);
/// Waits for the end; true and the wait status when it came before the deadline.
bool wait_for_exit(pid_t pid, std::chrono::milliseconds deadline, int* status = nullptr);
/// Runs a program to its end; throws with its output when it fails or takes longer.
void run(const std::vector<std::string>& command, const std::string& output_file,
         std::chrono::milliseconds deadline);

/// A TCP port on 127.0.0.1 that nobody listens on just now.
int free_port();
/// What is in the file, from `offset` on; empty when there is none.
std::string read_file(const std::string& path, long offset = 0);
/// The children of a process.
std::vector<pid_t> children_of(pid_t pid);

} // namespace troupe::test
