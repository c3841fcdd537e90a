#include "system/cache/redis_link.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace troupe::cache {

/// Tells hiredis when its socket is ready. Handlers that are still queued when hiredis frees the context find
/// it gone; the descriptor itself belongs to hiredis.
class redis_link::socket_watch : public std::enable_shared_from_this<socket_watch> {
 public:
  socket_watch(boost::asio::io_context& io, redisAsyncContext* context)
      : descriptor_(io, context->c.fd), context_(context) {}

  static void attach(boost::asio::io_context& io, redisAsyncContext* context) {
    auto* self =
        new std::shared_ptr<socket_watch>(std::make_shared<socket_watch>(io, context)); // freed by `cleanup`
    context->ev.data = self;
    context->ev.addRead = [](void* p) { of(p).want(&socket_watch::reading_); };
    context->ev.delRead = [](void* p) { of(p).reading_.wanted = false; };
    context->ev.addWrite = [](void* p) { of(p).want(&socket_watch::writing_); };
    context->ev.delWrite = [](void* p) { of(p).writing_.wanted = false; };
    context->ev.cleanup = [](void* p) {
      of(p).context_ = nullptr;
      of(p).descriptor_.release();
      delete static_cast<std::shared_ptr<socket_watch>*>(p);
    };
  }

 private:
  using descriptor = boost::asio::posix::stream_descriptor;
  struct direction {
    descriptor::wait_type type;
    void (*handle)(redisAsyncContext*);
    bool wanted = false;
    bool waiting = false;
  };

  static socket_watch& of(void* p) { return **static_cast<std::shared_ptr<socket_watch>*>(p); }

  void want(direction socket_watch::*which) {
    auto& d = this->*which;
    d.wanted = true;
    if (d.waiting) return;
    d.waiting = true;
    descriptor_.async_wait(d.type, [self = shared_from_this(), which](boost::system::error_code error) {
      auto& ready = (*self).*which;
      ready.waiting = false;
      if (error || self->context_ == nullptr || !ready.wanted) return;
      ready.handle(self->context_); // may free the context
      if (self->context_ != nullptr && ready.wanted) self->want(which);
    });
  }

  descriptor descriptor_;
  redisAsyncContext* context_;
  direction reading_{descriptor::wait_read, &redisAsyncHandleRead};
  direction writing_{descriptor::wait_write, &redisAsyncHandleWrite};
};

redis_link::redis_link(boost::asio::io_context& io, const redis_settings& settings, events handlers)
    : io_(io), handlers_(std::move(handlers)) {
  context_ = settings.address.starts_with('/') ? redisAsyncConnectUnix(settings.address.c_str())
                                               : redisAsyncConnect(settings.address.c_str(), settings.port);
  if (context_ == nullptr) throw std::bad_alloc();
  context_->data = this;
  if (context_->err != 0) {
    const std::string why = context_->errstr;
    redisAsyncFree(std::exchange(context_, nullptr));
    report_end(why);
    return;
  }
  socket_watch::attach(io, context_);
  redisAsyncSetConnectCallback(context_, &redis_link::on_connect);
  redisAsyncSetDisconnectCallback(context_, &redis_link::on_disconnect);
}

redis_link::~redis_link() {
  closing_ = true;
  if (context_ != nullptr) redisAsyncFree(context_);
}

void redis_link::send(const std::vector<std::string_view>& words, reply_handler done) {
  if (context_ == nullptr) return done(nullptr);
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (auto word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  auto handler = std::make_unique<reply_handler>(std::move(done));
  if (redisAsyncCommandArgv(context_, &redis_link::on_reply, handler.get(), static_cast<int>(words.size()),
                            texts.data(), sizes.data()) != REDIS_OK)
    return (*handler)(nullptr);
  [[maybe_unused]] auto* theirs = handler.release(); // hiredis', until `on_reply`
}

/// Never from within the call that found it out: the handler may want to destroy the link.
void redis_link::report_end(std::string why) {
  if (closing_ || !handlers_.ended) return;
  boost::asio::post(io_,
                    [ended = std::exchange(handlers_.ended, nullptr), why = std::move(why)] { ended(why); });
}

redis_link& redis_link::of(const redisAsyncContext* context) {
  return *static_cast<redis_link*>(context->data);
}

void redis_link::on_connect(const redisAsyncContext* context, int status) {
  auto& self = of(context);
  if (status == REDIS_OK) {
    self.handlers_.connected();
    return;
  }
  self.context_ = nullptr; // hiredis frees it when this returns
  self.report_end("cannot connect");
}

void redis_link::on_disconnect(const redisAsyncContext* context, int) {
  auto& self = of(context);
  self.context_ = nullptr;
  self.report_end(context->err != 0 && context->errstr != nullptr ? context->errstr : "connection closed");
}

void redis_link::on_reply(redisAsyncContext*, void* reply, void* handler) {
  const std::unique_ptr<reply_handler> done(static_cast<reply_handler*>(handler));
  (*done)(static_cast<const redisReply*>(reply));
}

} // namespace troupe::cache
