// For ThreadSanitizer only. Debian's libcaf_core is not instrumented, so what its lock-free mailboxes and
// reference counts order looks unordered, and every message would be a race. These definitions take
// precedence over the library's functions of the same name, tell the sanitizer what happens before what, and
// call them. What CAF promises is said here, no more: a message is sent before it is received, an actor runs
// on one thread at a time, the last reference ends after all others.
#include <caf/all.hpp>
#include <caf/io/basp/message_queue.hpp>

#include <sanitizer/tsan_interface.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <mutex>

#include <dlfcn.h>

namespace {

template <class F>
F* original(const char* mangled) {
  auto* found = reinterpret_cast<F*>(dlsym(RTLD_NEXT, mangled));
  if (!found) std::abort();
  return found;
}

void order(const void* at) {
  auto* where = const_cast<void*>(at);
  __tsan_release(where);
  __tsan_acquire(where);
}

// Held while an actor runs: the next run of the same actor may start before the one before has come back to
// us.
std::recursive_mutex& running(const void* actor) {
  static auto& all = *new std::array<std::recursive_mutex, 65'536>;
  return all[(reinterpret_cast<std::uintptr_t>(actor) >> 6) % all.size()];
}

} // namespace

/// Libraries that are not instrumented and order their own threads by means that cannot be seen: what they
/// themselves allocate, free and lock is theirs. What our code reads and writes stays watched, also where
/// they call it.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcaf_core.so\n"
         "called_from_lib:libcaf_io.so\n"
         "called_from_lib:libvips.so\n"
         "called_from_lib:libglib-2.0.so\n"
         "called_from_lib:libgobject-2.0.so\n"
         "called_from_lib:libz.so\n"
         "called_from_lib:libpng16.so\n"
         "called_from_lib:libjpeg.so\n"
         "called_from_lib:libwebp.so\n"
         "called_from_lib:libwebpdemux.so\n"
         "called_from_lib:libwebpmux.so\n"
         "called_from_lib:libcgif.so\n"
         "called_from_lib:libimagequant.so\n"
         "race:caf::detail::simple_actor_clock::actor_msg\n"
         "mutex:caf::io::basp::message_queue::push\n";
}

namespace caf {

void scheduled_actor::launch(execution_unit* runs_on, bool lazy, bool hide) {
  static auto* real = original<void(scheduled_actor*, execution_unit*, bool, bool)>(
      "_ZN3caf15scheduled_actor6launchEPNS_14execution_unitEbb");
  __tsan_release(this);
  real(this, runs_on, lazy, hide);
}

void scheduled_actor::enqueue(mailbox_element_ptr what, execution_unit* runs_on) {
  static auto* real = original<void(scheduled_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf15scheduled_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_6detail8disposerEEPNS_"
      "14execution_unitE");
  __tsan_release(this);
  real(this, std::move(what), runs_on);
}

resumable::resume_result scheduled_actor::resume(execution_unit* runs_on, size_t most) {
  static auto* real = original<resume_result(scheduled_actor*, execution_unit*, size_t)>(
      "_ZN3caf15scheduled_actor6resumeEPNS_14execution_unitEm");
  std::lock_guard lock(running(this));
  __tsan_acquire(this);
  return real(this, runs_on, most);
}

/// What is sent while the actor runs already is received within the same run.
intrusive::task_result scheduled_actor::mailbox_visitor::operator()(mailbox_element& x) {
  static auto* real = original<intrusive::task_result(mailbox_visitor*, mailbox_element&)>(
      "_ZN3caf15scheduled_actor15mailbox_visitorclERNS_15mailbox_elementE");
  __tsan_acquire(self);
  return real(this, x);
}

void blocking_actor::enqueue(mailbox_element_ptr what, execution_unit* runs_on) {
  static auto* real = original<void(blocking_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf14blocking_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_6detail8disposerEEPNS_"
      "14execution_unitE");
  __tsan_release(this);
  real(this, std::move(what), runs_on);
}

intrusive::task_result blocking_actor::mailbox_visitor::operator()(mailbox_element& x) {
  static auto* real = original<intrusive::task_result(mailbox_visitor*, mailbox_element&)>(
      "_ZN3caf14blocking_actor15mailbox_visitorclERNS_15mailbox_elementE");
  __tsan_acquire(self);
  return real(this, x);
}

void ref_counted::deref() const noexcept {
  static auto* real = original<void(const ref_counted*)>("_ZNK3caf11ref_counted5derefEv");
  order(&rc_);
  real(this);
}

void intrusive_ptr_release(actor_control_block* x) {
  static auto* real =
      original<void(actor_control_block*)>("_ZN3caf21intrusive_ptr_releaseEPNS_19actor_control_blockE");
  order(x);
  real(x);
}

void intrusive_ptr_release_weak(actor_control_block* x) {
  static auto* real =
      original<void(actor_control_block*)>("_ZN3caf26intrusive_ptr_release_weakEPNS_19actor_control_blockE");
  order(x);
  real(x);
}

/// What another node sent is read by one thread and may be delivered by another.
void io::basp::message_queue::push(execution_unit* runs_on, std::uint64_t id, strong_actor_ptr to,
                                   mailbox_element_ptr what) {
  static auto* real =
      original<void(message_queue*, execution_unit*, std::uint64_t, strong_actor_ptr, mailbox_element_ptr)>(
          "_ZN3caf2io4basp13message_queue4pushEPNS_14execution_unitEmNS_13intrusive_ptrINS_19actor_control_"
          "blockEEESt10unique_ptrINS_15mailbox_elementENS_6detail8disposerEE");
  order(this);
  real(this, runs_on, id, std::move(to), std::move(what));
}

} // namespace caf
