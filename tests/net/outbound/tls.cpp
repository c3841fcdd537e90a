#include "tls.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace troupe::test {

namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("TLS test identity: ") + what);
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  require(extension != nullptr, "extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

} // namespace

tls_identity::tls_identity(const std::string& dns_name) {
  std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to clients that are gone
  auto* key = EVP_EC_gen("P-256");
  auto* certificate = X509_new();
  require(key != nullptr && certificate != nullptr, "key");
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  auto* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, NID_subject_alt_name, "DNS:" + dns_name + ",IP:127.0.0.1");
  require(X509_sign(certificate, key, EVP_sha256()) > 0, "sign");

  std::string pattern = (std::filesystem::temp_directory_path() / "outbound-tls-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  file_ = folder_ + "/certificate.pem";
  auto* out = std::fopen(file_.c_str(), "w");
  require(out != nullptr && PEM_write_X509(out, certificate) == 1, "write");
  std::fclose(out);

  auto* context = SSL_CTX_new(TLS_server_method());
  require(SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1,
          "use");
  context_ = context;
  X509_free(certificate);
  EVP_PKEY_free(key);
}

tls_identity::~tls_identity() {
  SSL_CTX_free(static_cast<SSL_CTX*>(context_));
  std::filesystem::remove_all(folder_);
}

tls_session::tls_session(const tls_identity& identity, connection& c)
    : session_(SSL_new(static_cast<SSL_CTX*>(identity.context()))) {
  SSL_set_fd(static_cast<SSL*>(session_), c.descriptor());
}

tls_session::~tls_session() { SSL_free(static_cast<SSL*>(session_)); }

bool tls_session::handshake() { return SSL_accept(static_cast<SSL*>(session_)) == 1; }

std::string tls_session::read_request() {
  const auto fill = [this] {
    char chunk[4096];
    const int got = SSL_read(static_cast<SSL*>(session_), chunk, sizeof chunk);
    if (got > 0) buffer_.append(chunk, static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  std::size_t size = 0;
  if (const auto at = buffer_.find("Content-Length:"); at < end)
    size = std::strtoul(buffer_.c_str() + at + 15, nullptr, 10);
  while (buffer_.size() < end + 4 + size)
    if (!fill()) return {};
  auto text = buffer_.substr(0, end + 4 + size);
  buffer_.erase(0, end + 4 + size);
  return text;
}

void tls_session::send(const std::string& bytes) {
  SSL_write(static_cast<SSL*>(session_), bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace troupe::test
