#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe {

/// Indexed binary heap of what is due when: entries can be moved and taken out in O(log n), 12 bytes each.
/// `slot` numbers are the caller's; the position of each is kept by the caller's own field through
/// `Positions` (an object with `std::uint32_t& position(std::uint32_t slot)`).
template <class Positions>
class due_heap {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFu;

  explicit due_heap(Positions& positions) : positions_(positions) {}

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  std::int64_t first_time() const noexcept { return entries_.front().when; }
  std::uint32_t first() const noexcept { return entries_.front().slot; }

  /// Adds, or moves when it is there already.
  void set(std::uint32_t slot, std::int64_t when) {
    auto at = positions_.position(slot);
    if (at == none) {
      entries_.push_back({when, slot});
      up(static_cast<std::uint32_t>(entries_.size() - 1));
      return;
    }
    auto before = entries_[at].when;
    entries_[at].when = when;
    if (when < before)
      up(at);
    else
      down(at);
  }

  void remove(std::uint32_t slot) {
    auto at = positions_.position(slot);
    if (at == none) return;
    positions_.position(slot) = none;
    auto last = entries_.back();
    entries_.pop_back();
    if (at == entries_.size()) return;
    entries_[at] = last;
    positions_.position(last.slot) = at;
    up(at);
    down(positions_.position(last.slot));
  }

  void pop() { remove(first()); }
  /// Forgets all; the callers' positions are not looked at any more.
  void clear() noexcept { entries_.clear(); }

 private:
#pragma pack(push, 4)
  struct entry {
    std::int64_t when;
    std::uint32_t slot;
  };
#pragma pack(pop)

  void place(std::uint32_t at, entry e) {
    entries_[at] = e;
    positions_.position(e.slot) = at;
  }
  void up(std::uint32_t at) {
    auto moving = entries_[at];
    while (at > 0) {
      auto parent = (at - 1) / 2;
      if (entries_[parent].when <= moving.when) break;
      place(at, entries_[parent]);
      at = parent;
    }
    place(at, moving);
  }
  void down(std::uint32_t at) {
    auto moving = entries_[at];
    auto count = static_cast<std::uint32_t>(entries_.size());
    for (;;) {
      auto child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && entries_[child + 1].when < entries_[child].when) ++child;
      if (moving.when <= entries_[child].when) break;
      place(at, entries_[child]);
      at = child;
    }
    place(at, moving);
  }

  Positions& positions_;
  std::vector<entry> entries_;
};

} // namespace troupe
