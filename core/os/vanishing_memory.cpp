#include "core/os/vanishing_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "core/os/file_descriptor.hpp"

namespace ixyflow {

namespace {

constexpr std::uintptr_t kPage = 4096;
/// One file of all ones stands for all memory that is made to vanish, piece by piece.
constexpr std::uintptr_t kPiece = 1U << 20;

struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<std::uintptr_t> begin{0};  ///< set last and cleared first; 0: nothing to watch
  std::atomic<std::uintptr_t> end{0};
  std::atomic<std::uintptr_t> page{kPage};
  std::atomic<std::atomic<bool>*> gone{nullptr};
};

// A signal handler has no object that it belongs to: what it needs is here.
std::array<Slot, 256> slots;
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// Keeps memory from being unmapped while it is replaced by `make_vanish`. Never taken by a signal handler:
/// the thread that faults is one that may use the memory.
std::mutex mutex;

/// Puts a private mapping of all ones where [begin, begin + bytes) is, in one step, so that no thread sees
/// anything in between.
bool replace(std::uintptr_t begin, std::size_t bytes) noexcept {
  const int error = errno;
  void* ones = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  bool done = false;
  if (ones != MAP_FAILED) {
    std::memset(ones, 0xff, bytes);
    done = ::mremap(ones, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, reinterpret_cast<void*>(begin)) !=
           MAP_FAILED;
    if (!done) ::munmap(ones, bytes);
  }
  errno = error;
  return done;
}

/// At least `bytes` bytes of all ones; none when there is no memory for it.
FileDescriptor file_of_ones(std::size_t bytes) noexcept {
  FileDescriptor file(::memfd_create("ixyflow-ones", MFD_CLOEXEC));
  if (!file.open()) return {};
  std::array<std::byte, kPage> page;
  page.fill(std::byte{0xff});
  for (std::uintptr_t offset = 0; offset < bytes; offset += kPage)
    if (::pwrite(file.get(), page.data(), page.size(), static_cast<off_t>(offset)) != ssize_t{kPage})
      return {};
  return file;
}

}  // namespace

VanishingMemory::VanishingMemory(std::span<std::byte> memory, std::atomic<bool>& gone,
                                 std::size_t page) noexcept {
  if (memory.empty()) return;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].taken.exchange(true)) continue;
    const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
    slots[i].end = begin + memory.size();
    slots[i].page = page;
    slots[i].gone = &gone;
    slots[i].begin = begin;
    slot_ = static_cast<int>(i);
    return;
  }
}

VanishingMemory::~VanishingMemory() {
  if (slot_ < 0) return;
  const std::lock_guard lock(mutex);
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.begin = 0;
  slot.taken = false;
}

bool catch_vanished(const void* address) noexcept {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (Slot& slot : slots) {
    const std::uintptr_t begin = slot.begin.load();
    if (begin == 0 || place < begin || place >= slot.end.load()) continue;
    // A huge page cannot be replaced in part.
    const std::uintptr_t page = slot.page.load();
    if (!replace(place - (place - begin) % page, page)) return false;
    slot.gone.load()->store(true);
    return true;
  }
  return false;
}

void make_vanish(const std::atomic<bool>& gone) noexcept {
  const std::lock_guard lock(mutex);
  std::uintptr_t longest = 0;
  for (const Slot& slot : slots)
    if (slot.begin.load() != 0 && slot.gone.load() == &gone)
      longest = std::max(longest, slot.end.load() - slot.begin.load());
  if (longest == 0) return;
  const FileDescriptor ones = file_of_ones(std::min(kPiece, longest));
  for (Slot& slot : slots) {
    const std::uintptr_t begin = slot.begin.load();
    if (begin == 0 || slot.gone.load() != &gone) continue;
    const std::uintptr_t end = slot.end.load();
    for (std::uintptr_t piece = begin; piece < end; piece += kPiece)
      ::mmap(reinterpret_cast<void*>(piece), std::min(kPiece, end - piece), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_FIXED, ones.get(), 0);
  }
}

}  // namespace ixyflow
