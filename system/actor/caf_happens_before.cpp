// For ThreadSanitizer only. Debian's libcaf_core is not instrumented, so what its lock-free mailboxes and
// reference counts order looks unordered, and every message would be a race. These definitions take
// precedence over the library's functions of the same name, tell the sanitizer what happens before what, and
// call them. What CAF promises is said here, no more: a message is sent before it is received, an actor runs
// on one thread at a time, the last reference ends after all others.
#include <caf/all.hpp>

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

namespace caf {

void scheduled_actor::launch(execution_unit* unit, bool lazy, bool hide) {
  static auto* real = original<void(scheduled_actor*, execution_unit*, bool, bool)>(
      "_ZN3caf15scheduled_actor6launchEPNS_14execution_unitEbb");
  __tsan_release(this);
  real(this, unit, lazy, hide);
}

void scheduled_actor::enqueue(mailbox_element_ptr what, execution_unit* unit) {
  static auto* real = original<void(scheduled_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf15scheduled_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_6detail8disposerEEPNS_"
      "14execution_unitE");
  __tsan_release(this);
  real(this, std::move(what), unit);
}

resumable::resume_result scheduled_actor::resume(execution_unit* unit, size_t most) {
  static auto* real = original<resume_result(scheduled_actor*, execution_unit*, size_t)>(
      "_ZN3caf15scheduled_actor6resumeEPNS_14execution_unitEm");
  std::lock_guard lock(running(this));
  __tsan_acquire(this);
  return real(this, unit, most);
}

void blocking_actor::enqueue(mailbox_element_ptr what, execution_unit* unit) {
  static auto* real = original<void(blocking_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf14blocking_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_6detail8disposerEEPNS_"
      "14execution_unitE");
  __tsan_release(this);
  real(this, std::move(what), unit);
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

} // namespace caf
