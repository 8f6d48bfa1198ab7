#include "core/packet/mempool.hpp"

#include <algorithm>
#include <array>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstring>

#include "core/base/round_up.hpp"
#include "core/packet/checks.hpp"

namespace ixyflow {

namespace {

constexpr std::size_t kRedZone = kChecks ? kCacheLine : 0;
constexpr int kFreePoison = 0xa5;
constexpr int kRedPoison = 0x5a;

/// Buffers of another pool travel home in groups of this size at least, except at the end of a round.
constexpr std::uint32_t kReturnBurst = 64;

/// The first byte has this value, and each is like the one before: the library compares many at a time, which
/// a loop under sanitizers does not.
bool all_bytes(const std::uint8_t* begin, std::size_t count, int value) noexcept {
  return count == 0 ||
         (*begin == static_cast<std::uint8_t>(value) && std::memcmp(begin, begin + 1, count - 1) == 0);
}

}  // namespace

/// One way between two cores. The owner of the buffers pops, the core that frees them collects and pushes.
/// The ring has a place for every buffer of the home pool, so a push never fails.
struct Mempool::ReturnPath {
  ReturnPath(Mempool& home_pool) : home(home_pool), ring(home_pool.size()) {}

  Mempool& home;
  boost::lockfree::spsc_queue<Packet*> ring;
  alignas(kCacheLine) std::uint32_t count = 0;
  Packet* collected[kReturnBurst];

  void send() noexcept {
    ring.push(collected, count);
    count = 0;
  }
};

bool checks_enabled() noexcept {
  return kChecks;
}

std::size_t BufferLayout::stride() const noexcept {
  const std::size_t lines = round_up(std::size_t{headroom} + data_room + kRedZone, kCacheLine) / kCacheLine;
  return (lines | 1) * kCacheLine;
}

std::size_t BufferLayout::bytes(std::size_t count) const noexcept {
  if (count == 0) return 0;
  // In front of every page border up to one stride is left free; the piece may start anywhere in its first
  // page.
  const std::size_t borders = count / (kHugePage / stride()) + 1;
  return (count + borders) * stride();
}

Mempool::Mempool(std::uint32_t count, BufferLayout layout, std::uint32_t home)
    : layout_(layout), size_(count), home_(home), stack_(std::make_unique<Packet*[]>(count)) {}

Mempool::~Mempool() = default;

Result<std::unique_ptr<Mempool>> Mempool::create(DmaMemory& memory, std::uint32_t count, BufferLayout layout,
                                                 std::uint32_t home) {
  std::unique_ptr<Mempool> pool(new Mempool(count, layout, home));
  const std::size_t stride = layout.stride();
  const std::span<std::byte> piece = memory.take(layout.bytes(count));
  if (piece.size() < layout.bytes(count))
    return fail(ExitCode::configuration,
                "packet memory is too small for " + std::to_string(count) + " buffers");

  Packet fresh;
  fresh.data_offset_ = layout.headroom;
  fresh.bounds_ = Packet::bounds(layout.headroom, layout.headroom + layout.data_room);
  std::memcpy(pool->fresh_.data(), &fresh.timestamp, pool->fresh_.size());
  if (count == 0) return pool;
  pool->metadata_ = NodeMemory::stretch(count * sizeof(Packet), memory.node());
  if constexpr (kChecks) {
    pool->is_free_ = std::make_unique<bool[]>(count);
    pool->poisons_ = !memory.shared();
  }
  auto* const packets = static_cast<Packet*>(pool->metadata_.get());
  const auto address = reinterpret_cast<std::uintptr_t>(piece.data());
  std::size_t offset = 0;
  for (std::uint32_t i = 0; i < count; ++i, offset += stride) {
    const std::size_t in_page = (address + offset) % kHugePage;
    if (in_page + stride > kHugePage) offset += kHugePage - in_page;
    auto* packet = new (packets + i) Packet;
    packet->buffer_ = reinterpret_cast<std::uint8_t*>(piece.data() + offset);
    packet->device_address_ = memory.device_address(piece.data() + offset);
    std::memcpy(&packet->timestamp, pool->fresh_.data(), pool->fresh_.size());
    if constexpr (kChecks) {
      pool->poison(packet);
      pool->is_free(packet) = true;
    }
    // The first buffer of the memory ends on top.
    pool->stack_[count - 1 - i] = packet;
  }
  pool->free_ = count;
  return pool;
}

void Mempool::connect(Mempool& home, Mempool& user) {
  if (&home == &user || home.size() == 0) return;
  auto path = std::make_unique<ReturnPath>(home);
  home.incoming_.push_back(path.get());
  user.last_path_ = path.get();
  user.outgoing_.push_back(std::move(path));
}

bool& Mempool::is_free(const Packet* packet) const noexcept {
  return is_free_[static_cast<std::size_t>(packet - static_cast<const Packet*>(metadata_.get()))];
}

/// Fills a free buffer with what tells later whether somebody has written to it.
void Mempool::poison(const Packet* packet) const noexcept {
  if (!poisons_) return;
  const std::size_t room = layout_.headroom + layout_.data_room;
  std::memset(packet->buffer_, kFreePoison, room);
  std::memset(packet->buffer_ + room, kRedPoison, layout_.stride() - room);
}

/// Looks at buffers that are about to be handed out: nobody may have written to them while they were free.
void Mempool::check_popped(std::span<Packet* const> packets) const noexcept {
  for (const Packet* packet : packets) {
    if (!is_free(packet)) detail::check_failed("the pool holds a buffer that is not free");
    if (poisons_ && !all_bytes(packet->buffer_, layout_.headroom + layout_.data_room, kFreePoison))
      detail::check_failed("a buffer was written to while it was free");
    is_free(packet) = false;
  }
}

/// Looks at a buffer that comes back: it must be in use, and nothing behind its end may have been touched.
void Mempool::check_returned(const Packet* packet) const noexcept {
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(packet) - base();
  if (offset % sizeof(Packet) != 0 || offset / sizeof(Packet) >= size_)
    detail::check_failed("what was freed is no buffer of a pool");
  if (is_free(packet)) detail::check_failed("a buffer was freed twice");
  const std::size_t room = layout_.headroom + layout_.data_room;
  if (poisons_ && !all_bytes(packet->buffer_ + room, layout_.stride() - room, kRedPoison))
    detail::check_failed("a buffer was written to behind its end");
  poison(packet);
  is_free(packet) = true;
}

/// Takes up to `count` buffers off the stack; says how many, and where they are.
inline Packet* const* Mempool::pop(std::uint32_t& count) noexcept {
  if constexpr (kChecks) may_leave_ = 0;
  if (count > free_) [[unlikely]]
    count = run_short(count);
  free_ -= count;
  Packet* const* top = stack_.get() + free_;
  if constexpr (kChecks) check_popped({top, count});
  return top;
}

/// How many of `count` buffers there are when all that came back is counted.
std::uint32_t Mempool::run_short(std::uint32_t count) noexcept {
  collect_returned();
  if (count <= free_) return count;
  ++shortages_;
  return free_;
}

std::uint32_t Mempool::allocate(std::span<Packet*> packets) noexcept {
  auto count = static_cast<std::uint32_t>(packets.size());
  Packet* const* top = pop(count);
  // A copy of its own, which no write to a packet can change, stays in registers.
  const auto fresh = fresh_;
  for (std::uint32_t i = 0; i < count; ++i) {
    Packet* packet = top[i];
    std::memcpy(&packet->timestamp, fresh.data(), fresh.size());
    packets[i] = packet;
  }
  return count;
}

Packet* Mempool::copy(const Packet& original) noexcept {
  std::uint32_t count = 1;
  Packet* const* const top = pop(count);
  if (count == 0) [[unlikely]]
    return nullptr;
  Packet* const packet = *top;
  // What a fresh packet gets, a copy gets from its original.
  if (packet->copy_from(original)) [[likely]]
    return packet;
  free(packet);
  return nullptr;
}

std::span<Packet* const> Mempool::take(std::uint32_t count) noexcept {
  Packet* const* first = pop(count);
  if constexpr (kChecks) may_leave_ = count;
  return {first, count};
}

void Mempool::leave(std::uint32_t count) noexcept {
  if constexpr (kChecks) {
    if (count > may_leave_)
      detail::check_failed("more buffers were left than taken, or the pool was used before that");
    may_leave_ = 0;
    for (const Packet* packet : std::span(stack_.get() + free_, count)) is_free(packet) = true;
  }
  free_ += count;
}

// Packet mixes public and private members, for which offsetof is defined by the compiler, not by the
// standard; both that we build with define it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
void FreshMetadata::check_layout() noexcept {
  static_assert(offsetof(Packet, timestamp) == Packet::kFreshFrom);
  static_assert(offsetof(Packet, length_) == kLengths && offsetof(Packet, missing_) == kLengths + 4);
  static_assert(offsetof(Packet, data_offset_) == kFirst && offsetof(Packet, bounds_) == kFirst + 4);
  static_assert(offsetof(Packet, next_hop) + sizeof(Packet::next_hop) == sizeof(Packet));
  static_assert(offsetof(Packet, l4_offset) == kSecond, "the second stretch begins between two fields");
}
#pragma GCC diagnostic pop

FreshMetadata::FreshMetadata(const Mempool& pool, std::uint16_t input_port) noexcept {
  Packet packet;
  std::memcpy(&packet.timestamp, pool.fresh_.data(), pool.fresh_.size());
  packet.input_port = input_port;
  const auto* bytes = reinterpret_cast<const std::byte*>(&packet);
  std::memcpy(&first_, bytes + kFirst, sizeof first_);
  std::memcpy(&second_, bytes + kSecond, sizeof second_);
  data_offset_ = packet.data_offset_;
}

/// Their addresses tell: all that differ from where our stretch begins do so in its low bits.
inline bool Mempool::owns_all(std::span<Packet* const> packets) const noexcept {
  std::uintptr_t any = base();
  std::uintptr_t all = any;
#pragma GCC unroll 8
  for (const Packet* packet : packets) {
    any |= reinterpret_cast<std::uintptr_t>(packet);
    all &= reinterpret_cast<std::uintptr_t>(packet);
  }
  return (any ^ all) < metadata_.bytes();
}

void Mempool::free(std::span<Packet* const> packets) noexcept {
  if constexpr (kChecks) {
    may_leave_ = 0;
    for (const Packet* packet : packets)
      (owns(packet) ? *this : path_home(packet).home).check_returned(packet);
  }
  // Mostly all of them are our own: then one copy does.
  if (owns_all(packets)) [[likely]] {
    std::copy(packets.begin(), packets.end(), stack_.get() + free_);
    free_ += static_cast<std::uint32_t>(packets.size());
    return;
  }
  for (Packet* packet : packets) {
    if (owns(packet))
      stack_[free_++] = packet;
    else
      free_foreign(packet);
  }
}

/// The way home of a buffer that is not our own.
Mempool::ReturnPath& Mempool::path_home(const Packet* packet) noexcept {
  if (last_path_ != nullptr && last_path_->home.owns(packet)) return *last_path_;
  const auto found =
      std::ranges::find_if(outgoing_, [&](const auto& path) { return path->home.owns(packet); });
  if (found == outgoing_.end())
    detail::check_failed("a buffer was freed on a core that its pool is not connected to");
  return *(last_path_ = found->get());
}

void Mempool::free_foreign(Packet* packet) noexcept {
  ReturnPath& path = path_home(packet);
  path.collected[path.count++] = packet;
  collected_ = true;
  if (path.count == kReturnBurst) path.send();
}

void Mempool::send_home() noexcept {
  if (!collected_) return;
  collected_ = false;
  for (const auto& path : outgoing_)
    if (path->count != 0) path->send();
}

void Mempool::collect_returned() noexcept {
  for (ReturnPath* path : incoming_)
    free_ += static_cast<std::uint32_t>(path->ring.pop(stack_.get() + free_, size_ - free_));
}

std::uint32_t Mempool::available() noexcept {
  if constexpr (kChecks) may_leave_ = 0;
  collect_returned();
  return free_;
}

}  // namespace ixyflow
