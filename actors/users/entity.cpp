#include "actors/users/entity.hpp"

#include "system/core/log.hpp"

namespace troupe::users {

failure to_failure(const change_result& r) {
  failure f{r.code == ec::none ? ec::internal : r.code};
  f.retry_after_ms = 1'000;
  return f;
}

failure cannot_read() {
  failure f{ec::storage_failed};
  f.retry_after_ms = 1'000;
  return f;
}

caf::behavior entity_core::start(caf::event_based_actor* self, caf::actor shard, const runtime& rt,
                                 const entity_ref& who) {
  self_ = self;
  shard_ = std::move(shard);
  rt_ = &rt;
  who_ = who;
  // Whatever comes meanwhile waits in the mailbox.
  self->set_default_handler(caf::skip);
  reload([this](bool ok) {
    if (ok)
      serve();
    else
      refuse_everything();
  });
  return {[](tick) {}};
}

void entity_core::serve() {
  self_->set_default_handler(caf::print_and_drop);
  self_->become(caf::message_handler{
      [this](passivate) {
        if (alive_.use_count() > 1 || !may_go())
          caf::anon_send(shard_, busy{who_});
        else
          self_->quit();
      },
      [this](describe) {
        return json_text{description()};
      }}.or_else(handlers()));
}

void entity_core::refuse_everything() {
  log::warning("entity.not_loaded", {{"kind", to_string(who_.kind)}, {"id", troupe::to_string(who_.id)}});
  self_->set_default_handler([](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    return to_error(cannot_read());
  });
  self_->become({[this](passivate) { self_->quit(); }});
  rest();
}

void entity_core::rest() { caf::anon_send(shard_, resting{who_}); }

void entity_core::reload(std::function<void(bool)> then) {
  read_database(self_, *rt_, load_steps(),
                [this, keep = working(), then = std::move(then)](const db_reply& reply) {
                  if (reply.ok())
                    take(reply);
                  else if (reply.result && reply.result->status == storage::batch_status::failed)
                    log::error("entity.read_failed",
                               {{"sqlstate", reply.result->sqlstate}, {"message", reply.result->message}});
                  then(reply.ok());
                });
}

void entity_core::begin_write(std::function<void(const write_ptr&)> job) {
  begin_write(self_->make_response_promise(), std::move(job));
}

void entity_core::begin_write(caf::response_promise promise, std::function<void(const write_ptr&)> job) {
  if (waiting_.size() >= waiting_limit) {
    promise.deliver(to_error({ec::overloaded}));
    return;
  }
  auto w = std::make_shared<write>();
  w->promise = std::move(promise);
  w->job = std::move(job);
  w->keep = working();
  if (writing_)
    waiting_.push_back(std::move(w));
  else
    run(w);
}

void entity_core::run(const write_ptr& w) {
  writing_ = true;
  w->job(w);
}

void entity_core::next_write() {
  writing_ = false;
  if (waiting_.empty()) return;
  auto w = std::move(waiting_.front());
  waiting_.pop_front();
  run(w);
}

void entity_core::refuse(const write_ptr& w, const failure& f) {
  w->promise.deliver(to_error(f));
  next_write();
}

void entity_core::not_applied(const write_ptr& w, const change_result& r) {
  if (r.code != ec::row_changed || ++w->attempt >= attempt_limit) return refuse(w, to_failure(r));
  reload([this, w](bool ok) {
    if (ok)
      w->job(w);
    else
      refuse(w, cannot_read());
  });
}

} // namespace troupe::users
