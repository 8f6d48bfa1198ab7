#include "core/os/last_acts.hpp"

#include <array>
#include <atomic>
#include <cstddef>

namespace ixyflow {

namespace {

struct Slot {
  std::atomic<LastAct::Act> act{nullptr};
  std::atomic<void*> subject{nullptr};
  std::atomic<bool> taken{false};
};

// A signal handler has no object that it belongs to: what it needs is here.
std::array<Slot, 64> slots;
static_assert(std::atomic<LastAct::Act>::is_always_lock_free && std::atomic<void*>::is_always_lock_free);

}  // namespace

LastAct::LastAct(Act act, void* subject) noexcept {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].taken.exchange(true)) continue;
    slots[i].subject = subject;
    slots[i].act = act;
    slot_ = static_cast<int>(i);
    return;
  }
}

LastAct::~LastAct() {
  if (slot_ < 0) return;
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.act = nullptr;
  slot.taken = false;
}

void perform_last_acts() noexcept {
  for (Slot& slot : slots)
    if (const LastAct::Act act = slot.act.exchange(nullptr); act != nullptr) act(slot.subject);
}

}  // namespace ixyflow
