#include "net/outbound/transfer.hpp"

#include "net/outbound/address.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <new>

namespace troupe::outbound {

namespace {

/// Idle connections older than this are not reused: most servers close them after 60 s, and a request that
/// meets that closing is in doubt.
constexpr long max_idle_seconds = 55;

constexpr std::string_view private_address = "the server has a private address, which is not allowed here";

void set(CURL* easy, CURLoption option, auto value) { curl_easy_setopt(easy, option, value); }

/// Setup failures: libcurl's text then names at most the server and its certificate.
bool safe_to_quote(CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_CACERT_BADFILE: return true;
  default: return false;
  }
}

/// Anything else (a pipe) could block the thread when libcurl opens it.
bool is_readable_file(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), R_OK) == 0;
}

} // namespace

transfer::transfer(const engine_settings& settings, poller& sockets)
    : settings_(settings), sockets_(sockets), easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  set_constants();
}

transfer::~transfer() {
  clear_body();
  curl_easy_cleanup(easy_);
}

transfer& transfer::of(CURL* handle) {
  char* self = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
  return *reinterpret_cast<transfer*>(self);
}

void transfer::set_constants() {
  set(easy_, CURLOPT_PRIVATE, this);
  set(easy_, CURLOPT_ERRORBUFFER, curl_text_.data());
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not stop the thread when the deadline passes.
  set(easy_, CURLOPT_QUICK_EXIT, 1L);
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  // One request at a time on a connection: then "the gate was passed" says all about what may have been sent.
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_PROXY, ""); // the environment must not redirect traffic
  set(easy_, CURLOPT_NOPROXY, "*");
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy_, CURLOPT_MAXAGE_CONN, max_idle_seconds);
  set(easy_, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  if (!settings_.ca_file.empty()) set(easy_, CURLOPT_CAINFO, settings_.ca_file.c_str());
  set(easy_, CURLOPT_PREREQFUNCTION, &transfer::on_prereq);
  set(easy_, CURLOPT_PREREQDATA, this);
  set(easy_, CURLOPT_HEADERFUNCTION, &transfer::on_header);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEFUNCTION, &transfer::on_body);
  set(easy_, CURLOPT_WRITEDATA, this);
  set(easy_, CURLOPT_READFUNCTION, &body_file::on_read);
  set(easy_, CURLOPT_READDATA, &body_file_);
  set(easy_, CURLOPT_SEEKFUNCTION, &body_file::on_seek);
  set(easy_, CURLOPT_SEEKDATA, &body_file_);
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, &transfer::on_open);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  // Connections outlive the transfer that opened them: this one may only know the socket set.
  set(easy_, CURLOPT_CLOSESOCKETFUNCTION, &transfer::on_close);
  set(easy_, CURLOPT_CLOSESOCKETDATA, &sockets_);
}

bool transfer::prepare(job_ptr j, steady::time_point now) {
  job_ = std::move(j);
  answer_.start(job_->what.max_response_bytes);
  failed_early_.clear();
  curl_text_[0] = '\0';
  stop_ = stop::none;
  may_have_sent_ = met_private_ = false;
  const auto& what = job_->what;
  private_allowed_ = what.allow_private || settings_.allow_private;

  const auto left = std::max(std::chrono::ceil<milliseconds>(job_->deadline - now), milliseconds{1});
  set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, what.connect_timeout).count()));
  set(easy_, CURLOPT_MAXFILESIZE_LARGE,
      static_cast<curl_off_t>(
          std::clamp<std::size_t>(what.max_response_bytes, 1, std::numeric_limits<curl_off_t>::max())));
  if (curl_easy_setopt(easy_, CURLOPT_URL, what.url.c_str()) != CURLE_OK)
    return fail("the URL is not usable");
  set_method(what);
  set_headers(what);
  return set_body(what);
}

void transfer::set_method(const request& what) {
  const char* custom = nullptr;
  switch (what.method) {
  case verb::get:
  case verb::post: break;
  case verb::put: custom = "PUT"; break;
  case verb::patch: custom = "PATCH"; break;
  case verb::del: custom = "DELETE"; break;
  }
  const bool bare_delete =
      what.method == verb::del && what.body.empty() && what.body_file.empty() && what.form.empty();
  if (what.method == verb::get || bare_delete)
    set(easy_, CURLOPT_HTTPGET, 1L);
  else
    set(easy_, CURLOPT_POST, 1L);
  set(easy_, CURLOPT_CUSTOMREQUEST, custom);
}

void transfer::set_headers(const request& what) {
  static char no_expect[] = "Expect:";
  static char no_type[] = "Content-Type:";
  header_list_.clear();
  header_list_.reserve(what.headers.size() + 2);
  bool typed = !what.form.empty();
  for (const auto& line : what.headers) {
    typed = typed || curl_strnequal(line.c_str(), no_type, sizeof no_type - 1) != 0;
    header_list_.push_back({const_cast<char*>(line.c_str()), nullptr});
  }
  header_list_.push_back({no_expect, nullptr});
  if (!typed) header_list_.push_back({no_type, nullptr}); // libcurl's own guess would be a form's
  for (std::size_t i = 0; i + 1 < header_list_.size(); ++i) header_list_[i].next = &header_list_[i + 1];
  set(easy_, CURLOPT_HTTPHEADER, header_list_.data());
}

bool transfer::set_body(const request& what) {
  if (what.method == verb::get) return true;
  if (!what.form.empty()) return set_form(what);
  if (!what.body_file.empty()) {
    unusual_ = true;
    if (auto problem = body_file_.open(what.body_file); !problem.empty()) return fail(std::move(problem));
    set(easy_, CURLOPT_POSTFIELDS, nullptr);
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, body_file_.size());
    return true;
  }
  if (what.method == verb::del && what.body.empty()) return true;
  set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
  set(easy_, CURLOPT_POSTFIELDS, what.body.data()); // not copied: the job outlives the transfer
  return true;
}

bool transfer::set_form(const request& what) {
  unusual_ = true;
  form_ = curl_mime_init(easy_);
  if (form_ == nullptr) throw std::bad_alloc();
  for (const auto& part : what.form) {
    auto* p = curl_mime_addpart(form_);
    if (p == nullptr) throw std::bad_alloc();
    curl_mime_name(p, part.name.c_str());
    if (part.file.empty())
      curl_mime_data(p, part.value.data(), part.value.size());
    else if (!is_readable_file(part.file) || curl_mime_filedata(p, part.file.c_str()) != CURLE_OK)
      return fail("the file of a form part cannot be read");
    if (!part.file.empty() || !part.file_name.empty())
      curl_mime_filename(p, part.file_name.empty() ? nullptr : part.file_name.c_str());
    if (!part.content_type.empty()) curl_mime_type(p, part.content_type.c_str());
  }
  set(easy_, CURLOPT_MIMEPOST, form_);
  return true;
}

void transfer::clear_body() {
  if (unusual_) {
    body_file_.close();
    curl_easy_reset(easy_);
    set_constants();
  }
  unusual_ = false;
  curl_mime_free(form_);
  form_ = nullptr;
}

bool transfer::fail(std::string text) {
  failed_early_ = std::move(text);
  return false;
}

response transfer::finish(CURLcode code) {
  if (!failed_early_.empty()) return conclude(false, false, failed_early_);
  // libcurl is content with a head that ends in the middle.
  if (code == CURLE_OK && answer_.has_head()) return conclude(true, false, {});
  if (code == CURLE_OK) return conclude(false, false, "the answer ended within its head");
  return conclude(false, code == CURLE_OPERATION_TIMEDOUT && stop_ == stop::none, explain(code));
}

response transfer::abandon(std::string_view why) { return conclude(false, false, std::string(why)); }

response transfer::conclude(bool complete, bool timed_out, std::string error) {
  auto result = answer_.take();
  if (complete) {
    result.kind = result_kind::answered;
  } else {
    result.kind = may_have_sent_ ? result_kind::no_answer : result_kind::not_sent;
    if (stop_ == stop::revoked) result.kind = result_kind::revoked;
    result.body.clear(); // half an answer must not be taken for one
    result.error = std::move(error);
    result.timed_out = timed_out;
  }
  return result;
}

std::string transfer::explain(CURLcode code) const {
  switch (stop_) {
  case stop::none: break;
  case stop::revoked: return "revoked before it was sent";
  case stop::gate_said_no: return "the send gate said no";
  case stop::repeated: return "the connection died before an answer came; not sent again";
  case stop::private_address: return std::string(private_address);
  }
  if (met_private_ && code == CURLE_COULDNT_CONNECT) return std::string(private_address);
  if (body_file_.broken()) return "the body file became shorter or unreadable while it was sent";
  if (answer_.too_large() || code == CURLE_FILESIZE_EXCEEDED) return "response too large";
  if (may_have_sent_ && code == CURLE_UNSUPPORTED_PROTOCOL) return "the server's answer is not HTTP";
  if (safe_to_quote(code) && curl_text_[0] != '\0')
    return fmt::format("{}: {}", curl_easy_strerror(code), curl_text_.data());
  return curl_easy_strerror(code);
}

job_ptr transfer::release() {
  clear_body();
  return std::move(job_);
}

/// The last moment before the first request byte, after connect and TLS. Decides what "sent" means.
int transfer::may_send(const char* address) {
  // A reused connection was opened by a request that may have been allowed more.
  if (!private_allowed_ && is_private_address(address)) {
    stop_ = stop::private_address;
    return CURL_PREREQFUNC_ABORT;
  }
  const auto& gate = job_->what.gate;
  if (may_have_sent_ && (gate || job_->what.method != verb::get)) {
    stop_ = stop::repeated;
    return CURL_PREREQFUNC_ABORT;
  }
  if (gate && !gate->release()) {
    stop_ = gate->now() == send_gate::state::revoked ? stop::revoked : stop::gate_said_no;
    return CURL_PREREQFUNC_ABORT;
  }
  may_have_sent_ = true;
  return CURL_PREREQFUNC_OK;
}

curl_socket_t transfer::open_socket(const curl_sockaddr& address) {
  if (!private_allowed_ && is_private(address.addr)) {
    met_private_ = true;
    return CURL_SOCKET_BAD;
  }
  const int fd = socket(address.family, address.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  sockets_.opened(fd);
  return fd;
}

int transfer::on_prereq(void* self, char* address, char*, int, int) noexcept {
  try {
    return static_cast<transfer*>(self)->may_send(address);
  } catch (...) {
    return CURL_PREREQFUNC_ABORT;
  }
}

std::size_t transfer::on_header(char* bytes, std::size_t one, std::size_t count, void* self) noexcept {
  try {
    const auto size = one * count;
    return static_cast<transfer*>(self)->answer_.take_header({bytes, size}) ? size : 0;
  } catch (...) {
    return 0;
  }
}

std::size_t transfer::on_body(char* bytes, std::size_t one, std::size_t count, void* self) noexcept {
  try {
    const auto size = one * count;
    return static_cast<transfer*>(self)->answer_.take_body({bytes, size}) ? size : 0;
  } catch (...) {
    return 0;
  }
}

curl_socket_t transfer::on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  try {
    return static_cast<transfer*>(self)->open_socket(*address);
  } catch (...) {
    return CURL_SOCKET_BAD;
  }
}

int transfer::on_close(void* sockets, curl_socket_t socket) noexcept {
  static_cast<poller*>(sockets)->closed(socket);
  return close(socket);
}

} // namespace troupe::outbound
