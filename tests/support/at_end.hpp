#pragma once

#include <functional>
#include <vector>

namespace troupe::test {

inline std::vector<std::function<void()>>& ends() {
  static std::vector<std::function<void()>> all;
  return all;
}

/// For what several tests share: a static object would end after main, and after the variables of its thread,
/// of which an actor system still needs one.
inline void at_end(std::function<void()> end) { ends().push_back(std::move(end)); }

/// Last made, first ended. By main.
inline void end_all() {
  while (!ends().empty()) {
    auto last = std::move(ends().back());
    ends().pop_back();
    last();
  }
}

/// One for all tests that ask with the same expression, until the end of the program.
template <class T, class... Arguments>
T* shared_until_end(Arguments&&... arguments) {
  auto* one = new T(std::forward<Arguments>(arguments)...);
  at_end([one] { delete one; });
  return one;
}

} // namespace troupe::test
