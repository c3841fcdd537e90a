#include "tests/support/postgres.hpp"

#include "tests/support/postgres_server.hpp"

#include <libpq-fe.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace troupe::test {

namespace {

void execute(const std::string& dsn, const std::string& sql) {
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection{PQconnectdb(dsn.c_str()), &PQfinish};
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  std::unique_ptr<PGresult, void (*)(PGresult*)> result{PQexec(connection.get(), sql.c_str()), &PQclear};
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
}

/// The same server, another database.
std::string with_database(const std::string& dsn, const std::string& name) {
  std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed{PQconninfoParse(dsn.c_str(), nullptr),
                                                                        &PQconninfoFree};
  if (!parsed) throw std::runtime_error("TROUPE_TEST_PG cannot be read");
  std::string out = "dbname='" + name + "'";
  for (auto* o = parsed.get(); o->keyword; ++o) {
    if (!o->val || !*o->val || std::string(o->keyword) == "dbname") continue;
    out += std::string(" ") + o->keyword + "='";
    for (const char* c = o->val; *c; ++c) {
      if (*c == '\'' || *c == '\\') out += '\\';
      out += *c;
    }
    out += "'";
  }
  return out;
}

std::string fresh_name() {
  static std::atomic<unsigned> count{0};
  return "troupe_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
}

/// One server for all tests of this program that do not ask for their own; ends with the program.
std::shared_ptr<postgres_server> shared_server() {
  static std::mutex mutex;
  static std::shared_ptr<postgres_server> server;
  std::lock_guard lock{mutex};
  if (!server) {
    postgres_options fast;
    fast.fsync = false;
    server = std::make_shared<postgres_server>(fast);
  }
  return server;
}

/// A database that others are copied from; gone with the program.
struct template_database {
  std::string admin_dsn, name;
  std::shared_ptr<postgres_server> server; // outlives it when it is the program's own
  ~template_database() {
    try {
      execute(admin_dsn, "DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)");
    } catch (const std::exception&) {
    } // The server is gone: then so is the database.
  }
};

std::string template_of(void (*prepare)(const std::string&), const std::string& admin_dsn,
                        const std::shared_ptr<postgres_server>& server) {
  static std::mutex mutex;
  static std::map<void (*)(const std::string&), std::string> names;
  std::lock_guard lock{mutex};
  auto& name = names[prepare];
  if (!name.empty()) return name;
  auto fresh = std::make_unique<template_database>();
  fresh->admin_dsn = admin_dsn;
  fresh->name = fresh_name();
  fresh->server = server;
  execute(admin_dsn, "CREATE DATABASE \"" + fresh->name + "\"");
  prepare(with_database(admin_dsn, fresh->name));
  // Here and not above: what libpq uses has then registered its own end, which has to come after ours.
  static std::vector<std::unique_ptr<template_database>> made;
  made.push_back(std::move(fresh));
  return name = made.back()->name;
}

} // namespace

postgres::postgres(postgres_options options) : own_server_(options.own_server), database_(fresh_name()) {
  const char* given = std::getenv("TROUPE_TEST_PG");
  if (own_server_)
    server_ = std::make_shared<postgres_server>(options);
  else if (!given || !*given)
    server_ = shared_server();
  admin_dsn_ = server_ ? server_->dsn("postgres") : std::string(given);
  bool copied = options.prepare && !own_server_;
  execute(admin_dsn_,
          "CREATE DATABASE \"" + database_ + "\"" +
              (copied ? " TEMPLATE \"" + template_of(options.prepare, admin_dsn_, server_) + "\"" : ""));
  if (options.prepare && !copied) options.prepare(dsn());
}

postgres::~postgres() {
  if (own_server_) return;
  std::istringstream names(made_ + database_);
  for (std::string name; std::getline(names, name);) {
    try {
      execute(admin_dsn_, "DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)");
    } catch (const std::exception&) {
    } // The server is gone: then so is the database.
  }
}

std::string postgres::dsn() const { return with_database(admin_dsn_, database_); }

std::string postgres::socket_dsn() const { return own().socket_dsn(database_); }

std::string postgres::create_database(const std::string& name) {
  execute(admin_dsn_, "CREATE DATABASE \"" + name + "\"");
  made_ += name + "\n";
  return with_database(admin_dsn_, name);
}

int postgres::port() const {
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection{PQconnectdb(admin_dsn_.c_str()), &PQfinish};
  return server_ ? server_->port() : std::atoi(PQport(connection.get()));
}

void postgres::stop() { own().stop(SIGINT); }
void postgres::kill_immediately() { own().kill_immediately(); }
void postgres::start() { own().start(); }

postgres_server& postgres::own() const {
  if (!own_server_) throw std::runtime_error("this test shares its server with others: ask for own_server");
  return *server_;
}

} // namespace troupe::test
