#include "raw_client.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::test {

namespace {

[[noreturn]] void give_up(const std::string& what, std::string_view seen) {
  throw std::runtime_error(what + "; seen so far: '" + std::string(seen.substr(0, 2000)) + "'");
}

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return text;
}

} // namespace

std::string raw_response::header(std::string_view lower_name) const {
  for (auto& [name, value] : headers)
    if (name == lower_name) return value;
  return {};
}

bool raw_response::has(std::string_view lower_name) const {
  for (auto& [name, value] : headers)
    if (name == lower_name) return true;
  return false;
}

raw_client::raw_client(std::uint16_t port, int receive_buffer) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  timeval patience{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
    give_up(std::string("cannot connect: ") + strerror(errno), {});
}

raw_client::~raw_client() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (socket_ >= 0) close(socket_);
}

void raw_client::start_tls() {
  context_ = SSL_CTX_new(TLS_client_method());
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, socket_);
  if (SSL_connect(tls_) != 1) give_up("the TLS handshake failed", ERR_error_string(ERR_get_error(), nullptr));
}

bool raw_client::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

raw_client& raw_client::send(std::string_view bytes) {
  if (!write_all(bytes)) give_up(std::string("cannot send: ") + strerror(errno), pending_);
  return *this;
}

bool raw_client::try_send(std::string_view bytes) { return write_all(bytes); }

void raw_client::end_sending() { shutdown(socket_, SHUT_WR); }

void raw_client::reset() {
  linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket_);
  socket_ = -1;
}

std::string raw_client::receive() {
  std::string piece(16 * 1024, '\0');
  auto count = tls_ ? SSL_read(tls_, piece.data(), static_cast<int>(piece.size()))
                    : recv(socket_, piece.data(), piece.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    give_up("nothing came for ten seconds", pending_);
  piece.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return piece;
}

raw_response raw_client::read(bool head_only) {
  auto more = [&] {
    auto piece = receive();
    if (piece.empty()) give_up("the connection ended within a response", pending_);
    pending_ += piece;
  };
  std::size_t end;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) more();
  raw_response out;
  auto head = pending_.substr(0, end + 2);
  if (head.rfind("HTTP/1.1 ", 0) != 0) give_up("this is no response", pending_);
  out.status = std::atoi(head.c_str() + 9);
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    auto stop = head.find("\r\n", at);
    auto line = head.substr(at, stop - at);
    auto colon = line.find(": ");
    if (colon == std::string::npos) give_up("this is no header field", line);
    out.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
    at = stop + 2;
  }
  pending_.erase(0, end + 4);
  auto size = head_only || out.status < 200 || out.status == 204 || out.status == 304
                  ? 0
                  : std::strtoul(out.header("content-length").c_str(), nullptr, 10);
  while (pending_.size() < size) more();
  out.body = pending_.substr(0, size);
  pending_.erase(0, size);
  return out;
}

std::string raw_client::read_until(std::string_view text) {
  for (;;) {
    if (auto at = pending_.find(text); at != pending_.npos) {
      auto out = pending_.substr(0, at + text.size());
      pending_.erase(0, out.size());
      return out;
    }
    auto piece = receive();
    if (piece.empty()) throw std::runtime_error("the server closed after: " + pending_);
    pending_ += piece;
  }
}

std::string raw_client::read_to_end() {
  for (auto piece = receive(); !piece.empty(); piece = receive()) pending_ += piece;
  return std::exchange(pending_, {});
}

bool raw_client::closed_by_server() { return pending_.empty() && receive().empty(); }

test_certificate::test_certificate(const std::string& directory)
    : certificate(directory + "/certificate.pem"), key(directory + "/key.pem") {
  auto* pair = EVP_EC_gen("P-256");
  auto* made = X509_new();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600);
  X509_set_pubkey(made, pair);
  auto* name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(made, name);
  X509_sign(made, pair, EVP_sha256());
  if (auto* file = std::fopen(certificate.c_str(), "w")) {
    PEM_write_X509(file, made);
    std::fclose(file);
  }
  if (auto* file = std::fopen(key.c_str(), "w")) {
    PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  X509_free(made);
  EVP_PKEY_free(pair);
}

temporary_directory::temporary_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "troupe-bridge-XXXXXX").string();
  if (!mkdtemp(pattern.data())) give_up("cannot make a directory", pattern);
  path = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

std::vector<std::string> temporary_directory::files() const {
  std::vector<std::string> out;
  for (auto& entry : std::filesystem::directory_iterator(path)) out.push_back(entry.path().string());
  return out;
}

} // namespace troupe::test
