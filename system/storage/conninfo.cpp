#include "system/storage/conninfo.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace troupe::storage {

namespace {

struct parsed_closer {
  void operator()(PQconninfoOption* o) const noexcept { PQconninfoFree(o); }
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  if (list.empty()) return out;
  std::size_t from = 0;
  for (auto comma = list.find(','); comma != std::string::npos; comma = list.find(',', from)) {
    out.push_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  out.push_back(list.substr(from));
  return out;
}

/// What every session has, whatever server, database or role say. In the start-up packet, so it costs no
/// round trip.
std::string session_options(const connection_settings& s) {
  return fmt::format(
      "-c statement_timeout={} -c lock_timeout={} -c client_min_messages=warning -c TimeZone=UTC "
      "-c DateStyle=ISO -c bytea_output=hex -c standard_conforming_strings=on -c jit=off "
      "-c default_transaction_isolation=read\\ committed{}",
      s.statement_timeout_ms, s.lock_timeout_ms, s.plan_once ? " -c plan_cache_mode=force_generic_plan" : "");
}

expected<void> in_range(const char* key, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return {};
  return failure{ec::bad_configuration,
                 fmt::format("{} is {}; allowed is {} to {}", key, value, least, most)};
}

} // namespace

bool endpoint::needs_lookup() const {
  if (!hostaddr.empty() || host.empty() || host[0] == '/' || host[0] == '@') return false;
  boost::system::error_code ignored;
  boost::asio::ip::make_address(host, ignored);
  return ignored.failed();
}

expected<void> validate(const connection_settings& s) {
  struct bound {
    const char* key;
    std::int64_t value, least, most;
  };
  for (auto& b : {bound{"statement_timeout_ms", s.statement_timeout_ms, 100, 600000},
                  bound{"lock_timeout_ms", s.lock_timeout_ms, 10, 600000},
                  bound{"connect_timeout_s", s.connect_timeout_s, 1, 60},
                  bound{"tcp_user_timeout_ms", s.tcp_user_timeout_ms, 100, 600000},
                  bound{"queue_limit", s.queue_limit, 1, 10000000},
                  bound{"queue_limit_bytes", s.queue_limit_bytes, 1 << 20, std::int64_t{1} << 36},
                  bound{"in_flight_limit", s.in_flight_limit, 1, 10000},
                  bound{"queue_deadline_ms", s.queue_deadline_ms, 1, 600000},
                  bound{"answer_grace_ms", s.answer_grace_ms, 10, 600000}})
    if (auto ok = in_range(b.key, b.value, b.least, b.most); !ok) return ok;
  if (s.application_name.empty() || s.application_name.size() > 63)
    return failure{
        ec::bad_configuration,
        fmt::format("application_name is '{}'; allowed are 1 to 63 characters", s.application_name)};
  if (auto parsed = conninfo::parse(s); !parsed) return parsed.error();
  return {};
}

expected<conninfo> conninfo::parse(const connection_settings& s) {
  char* message = nullptr;
  std::unique_ptr<PQconninfoOption, parsed_closer> parsed{PQconninfoParse(s.dsn.c_str(), &message)};
  if (!parsed) {
    // libpq's message quotes the string it could not read, with the password in it.
    PQfreemem(message);
    return failure{ec::bad_configuration,
                   "the connection string of the database cannot be read; allowed are 'key=value ...' and "
                   "'postgresql://user:password@host:port/database'"};
  }
  conninfo out;
  for (auto* o = parsed.get(); o->keyword; ++o)
    if (o->val && *o->val) out.set(o->keyword, o->val);

  out.take_environment();
  auto options = out.get("options");
  out.set("options", options.empty() ? session_options(s) : options + ' ' + session_options(s));
  out.set("application_name", s.application_name);
  out.set("client_encoding", "UTF8");
  out.set("connect_timeout", std::to_string(s.connect_timeout_s));
  out.set("tcp_user_timeout", std::to_string(s.tcp_user_timeout_ms));
  out.set("target_session_attrs", "read-write");
  // Kerberos asks its servers with blocking calls: only who names it gets it.
  for (auto [key, value] : {std::pair{"keepalives", "1"},
                            {"keepalives_idle", "2"},
                            {"keepalives_interval", "1"},
                            {"keepalives_count", "3"},
                            {"gssencmode", "disable"}})
    if (out.get(key).empty()) out.set(key, value);

  auto hosts = split(out.get("host")), addresses = split(out.get("hostaddr")), ports = split(out.get("port"));
  auto count = std::max({hosts.size(), addresses.size(), std::size_t{1}});
  bool matching = (hosts.empty() || hosts.size() == count) &&
                  (addresses.empty() || addresses.size() == count) &&
                  (ports.size() <= 1 || ports.size() == count);
  if (!matching)
    return failure{
        ec::bad_configuration,
        fmt::format("the connection string of the database names {} hosts, {} addresses and {} ports; "
                    "allowed is one port, or as many of each",
                    hosts.size(), addresses.size(), ports.size())};
  for (std::size_t i = 0; i < count; ++i) {
    endpoint e;
    if (!hosts.empty()) e.host = hosts[i];
    if (!addresses.empty()) e.hostaddr = addresses[i];
    if (!ports.empty()) e.port = ports.size() == 1 ? ports[0] : ports[i];
    out.endpoints_.push_back(std::move(e));
  }
  return out;
}

/// PGHOST and its like, which libpq would use by itself; but then it would also look the name up by itself.
void conninfo::take_environment() {
  if (!get("host").empty() || !get("hostaddr").empty() || !get("service").empty()) return;
  std::unique_ptr<PQconninfoOption, parsed_closer> defaults{PQconndefaults()};
  for (auto* o = defaults.get(); o && o->keyword; ++o)
    for (const char* key : {"host", "hostaddr", "port"})
      if (o->val && std::string_view{o->keyword} == key && get(key).empty()) set(key, o->val);
}

pg_connection conninfo::start(const endpoint& to) const {
  auto one = *this;
  one.set("host", to.host);
  one.set("hostaddr", to.hostaddr);
  one.set("port", to.port);
  std::vector<const char*> keys, values;
  for (auto& [key, value] : one.parameters_) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  return pg_connection{PQconnectStartParams(keys.data(), values.data(), 0)};
}

pg_connection conninfo::connect() const {
  std::vector<const char*> keys, values;
  for (auto& [key, value] : parameters_) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  return pg_connection{PQconnectdbParams(keys.data(), values.data(), 0)};
}

void conninfo::set(const std::string& key, std::string value) {
  for (auto& [k, v] : parameters_)
    if (k == key) {
      v = std::move(value);
      return;
    }
  parameters_.emplace_back(key, std::move(value));
}

std::string conninfo::get(const std::string& key) const {
  for (auto& [k, v] : parameters_)
    if (k == key) return v;
  return {};
}

} // namespace troupe::storage
