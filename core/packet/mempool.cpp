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
using Tag = std::uint32_t;
constexpr Tag kFreeTag = 0x66726565;  // "free"
constexpr Tag kUsedTag = 0x75736564;  // "used"
constexpr int kFreePoison = 0xa5;
constexpr int kRedPoison = 0x5a;

/// Buffers of another pool travel home in groups of this size at least, except at the end of a round.
constexpr std::uint32_t kReturnBurst = 64;

/// Who holds a buffer: kept at the very end of its red zone.
Tag& tag_of(Packet* packet, std::size_t stride) noexcept {
  return *reinterpret_cast<Tag*>(reinterpret_cast<std::byte*>(packet) + stride - sizeof(Tag));
}

/// The first byte has this value, and each is like the one before: the library compares many at a time, which
/// a loop under sanitizers does not.
bool all_bytes(const std::byte* begin, std::size_t count, int value) noexcept {
  return count == 0 ||
         (*begin == static_cast<std::byte>(value) && std::memcmp(begin, begin + 1, count - 1) == 0);
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
  const std::size_t lines =
      round_up(sizeof(Packet) + headroom + data_room + kRedZone, kCacheLine) / kCacheLine;
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

  const auto address = reinterpret_cast<std::uintptr_t>(piece.data());
  std::size_t offset = 0;
  for (std::uint32_t i = 0; i < count; ++i, offset += stride) {
    const std::size_t in_page = (address + offset) % kHugePage;
    if (in_page + stride > kHugePage) offset += kHugePage - in_page;
    auto* packet = new (piece.data() + offset) Packet;
    packet->pool_ = pool.get();
    packet->device_address_ = memory.device_address(piece.data() + offset);
    packet->data_offset_ = Packet::kMetadata + layout.headroom;
    packet->end_offset_ = packet->data_offset_ + layout.data_room;
    if (i == 0) std::memcpy(pool->fresh_.data(), &packet->timestamp, pool->fresh_.size());
    if constexpr (kChecks) {
      auto* bytes = reinterpret_cast<std::byte*>(packet);
      std::memset(bytes + sizeof(Packet), kFreePoison, packet->end_offset_ - sizeof(Packet));
      std::memset(bytes + packet->end_offset_, kRedPoison, stride - packet->end_offset_);
      tag_of(packet, stride) = kFreeTag;
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

namespace {

/// Looks at a buffer that is about to be handed out: nobody may have written to it while it was free.
void check_fresh(const Packet* packet, Tag tag, std::size_t room) noexcept {
  if (tag != kFreeTag) detail::check_failed("the pool holds a buffer that is not free");
  if (!all_bytes(reinterpret_cast<const std::byte*>(packet) + sizeof(Packet), room, kFreePoison))
    detail::check_failed("a buffer was written to while it was free");
}

/// Looks at a buffer that comes back: it must be in use, and nothing behind its end may have been touched.
void check_returned(Packet* packet, Tag tag, std::size_t room, std::size_t red) noexcept {
  auto* bytes = reinterpret_cast<std::byte*>(packet) + sizeof(Packet);
  if (tag == kFreeTag) detail::check_failed("a buffer was freed twice");
  if (tag != kUsedTag) detail::check_failed("what was freed is no buffer of a pool");
  if (!all_bytes(bytes + room, red, kRedPoison))
    detail::check_failed("a buffer was written to behind its end");
  std::memset(bytes, kFreePoison, room);
}

}  // namespace

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

/// In checking builds.
void Mempool::check_popped(std::span<Packet* const> packets) const noexcept {
  for (Packet* packet : packets) {
    Tag& tag = tag_of(packet, layout_.stride());
    check_fresh(packet, tag, layout_.headroom + layout_.data_room);
    tag = kUsedTag;
  }
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
    for (Packet* packet : std::span(stack_.get() + free_, count)) tag_of(packet, layout_.stride()) = kFreeTag;
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
  static_assert(offsetof(Packet, data_offset_) == kFirst && offsetof(Packet, end_offset_) == kFirst + 4);
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

void Mempool::free(std::span<Packet* const> packets) noexcept {
  if constexpr (kChecks) {
    may_leave_ = 0;
    for (Packet* packet : packets) {
      const BufferLayout& layout = packet->pool_->layout_;
      const std::size_t room = layout.headroom + layout.data_room;
      Tag& tag = tag_of(packet, layout.stride());
      check_returned(packet, tag, room, layout.stride() - sizeof(Tag) - sizeof(Packet) - room);
      tag = kFreeTag;
    }
  }
  // Mostly all of them are our own: then one copy does.
  std::uintptr_t foreign = 0;
  for (const Packet* packet : packets)
    foreign |= reinterpret_cast<std::uintptr_t>(packet->pool_) ^ reinterpret_cast<std::uintptr_t>(this);
  if (foreign == 0) [[likely]] {
    std::copy(packets.begin(), packets.end(), stack_.get() + free_);
    free_ += static_cast<std::uint32_t>(packets.size());
    return;
  }
  for (Packet* packet : packets) {
    if (packet->pool_ == this)
      stack_[free_++] = packet;
    else
      free_foreign(packet);
  }
}

void Mempool::free_own(std::span<Packet* const> packets) noexcept {
  if constexpr (kChecks) return free(packets);
  std::copy(packets.begin(), packets.end(), stack_.get() + free_);
  free_ += static_cast<std::uint32_t>(packets.size());
}

void Mempool::free_foreign(Packet* packet) noexcept {
  ReturnPath* path = last_path_;
  if (path == nullptr || &path->home != packet->pool_) {
    const auto found = std::find_if(outgoing_.begin(), outgoing_.end(), [packet](const auto& candidate) {
      return &candidate->home == packet->pool_;
    });
    if (found == outgoing_.end())
      detail::check_failed("a buffer was freed on a core that its pool is not connected to");
    last_path_ = path = found->get();
  }
  path->collected[path->count++] = packet;
  collected_ = true;
  if (path->count == kReturnBurst) path->send();
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
