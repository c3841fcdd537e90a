#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// Structured log: a stable event name first, then fields; one line per decision, never a secret.
/// Thread-safe. Lines go to standard error as logfmt: `ts=... level=info event=shard.acquired shard=3
/// epoch=7`.
namespace troupe::log {

enum class level { debug, info, warning, error };

struct field {
  std::string_view key;
  std::string value;
  template <class T>
  field(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

/// Sets the least level that is written. Default: info.
void set_level(level least);
void write(level l, std::string_view event, std::initializer_list<field> fields);

inline void debug(std::string_view event, std::initializer_list<field> f = {}) {
  write(level::debug, event, f);
}
inline void info(std::string_view event, std::initializer_list<field> f = {}) {
  write(level::info, event, f);
}
inline void warning(std::string_view event, std::initializer_list<field> f = {}) {
  write(level::warning, event, f);
}
inline void error(std::string_view event, std::initializer_list<field> f = {}) {
  write(level::error, event, f);
}

} // namespace troupe::log
