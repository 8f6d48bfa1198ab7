#include "tests/virtio/device/driver_ring.hpp"

#include <atomic>

namespace ixyflow::test {

using namespace drivers::virtio;

namespace {

constexpr std::uint16_t kNext = 1;
constexpr std::uint16_t kWrite = 2;
constexpr std::uint16_t kIndirect = 4;

}  // namespace

DriverRing::DriverRing(GuestFile& file, bool packed, std::uint16_t size)
    : file_(file),
      is_packed_(packed),
      size_(size),
      descriptors_(file.take(std::size_t{16} * size)),
      driver_(file.take(packed ? 4 : 6 + std::size_t{2} * size)),
      device_(file.take(packed ? 4 : 6 + std::size_t{8} * size)) {}

drivers::vhost_user::RingAddresses DriverRing::addresses(std::uint32_t index) const {
  return {.index = index,
          .descriptors = GuestFile::kUser + descriptors_,
          .used = GuestFile::kUser + device_,
          .available = GuestFile::kUser + driver_};
}

std::uint16_t DriverRing::offer(const std::vector<GuestPiece>& chain, bool device_writes, Layout layout) {
  const std::uint16_t flags = device_writes ? kWrite : 0;
  return is_packed_ ? offer_packed(chain, flags, layout) : offer_split(chain, flags, layout);
}

std::uint16_t DriverRing::offer_split(const std::vector<GuestPiece>& chain, std::uint16_t flags,
                                      Layout layout) {
  const std::uint16_t head = next_;
  const auto fill = [&](SplitDescriptor* table, std::size_t first, std::size_t entries) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const bool last = i + 1 == chain.size();
      table[(first + i) % entries] = {chain[i].address, chain[i].length,
                                      static_cast<std::uint16_t>(flags | (last ? 0 : kNext)),
                                      static_cast<std::uint16_t>(last ? 0 : (first + i + 1) % entries)};
    }
  };
  if (layout == Layout::indirect) {
    const std::uint64_t table = file_.take(16 * chain.size(), 16);
    fill(file_.as<SplitDescriptor>(table), 0, chain.size());
    split()[head] = {GuestFile::kGuest + table, static_cast<std::uint32_t>(16 * chain.size()), kIndirect, 0};
    next_ = static_cast<std::uint16_t>((next_ + 1) % size_);
  } else {
    fill(split(), head, size_);
    next_ = static_cast<std::uint16_t>((next_ + chain.size()) % size_);
  }
  AvailableRing* const ring = available();
  const std::uint16_t index = ring->index;
  ring->entries()[index % size_] = head;
  std::atomic_ref(ring->index).store(static_cast<std::uint16_t>(index + 1), std::memory_order_release);
  return head;
}

std::uint16_t DriverRing::offer_packed(const std::vector<GuestPiece>& chain, std::uint16_t flags,
                                       Layout layout) {
  const std::uint16_t id = next_id_++;
  std::vector<GuestPiece> pieces = chain;
  if (layout == Layout::indirect) {
    const std::uint64_t table = file_.take(16 * chain.size(), 16);
    for (std::size_t i = 0; i < chain.size(); ++i)
      file_.as<PackedDescriptor>(table)[i] = {chain[i].address,
                                              chain[i].length | std::uint64_t{flags} << packed::kFlagsShift};
    pieces = {{GuestFile::kGuest + table, static_cast<std::uint32_t>(16 * chain.size())}};
    flags = kIndirect;
  }
  slots_[id] = static_cast<std::uint16_t>(pieces.size());
  std::uint64_t first_rest = 0;
  const std::uint16_t first = next_;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    // 2.8.1: available where AVAIL is the wrap counter and USED is not.
    const std::uint16_t turn = wrap_ ? 1U << 7 : 1U << 15;
    const std::uint64_t rest = pieces[i].length | std::uint64_t{id} << 32 |
                               static_cast<std::uint64_t>(flags | turn | (last ? 0 : kNext)) << 48;
    packed()[next_].address = pieces[i].address;
    if (i == 0)
      first_rest = rest;
    else
      packed()[next_].rest = rest;
    if (++next_ == size_) {
      next_ = 0;
      wrap_ = !wrap_;
    }
  }
  // The first one last: the device may look at any time (2.8.21).
  std::atomic_ref(packed()[first].rest).store(first_rest, std::memory_order_release);
  return id;
}

std::optional<DriverRing::Used> DriverRing::used() {
  if (!is_packed_) {
    auto* const ring = file_.as<UsedRing>(device_);
    if (std::atomic_ref(ring->index).load(std::memory_order_acquire) == seen_) return std::nullopt;
    const std::uint64_t place = device_ + 4 + 8 * std::uint64_t{static_cast<std::uint16_t>(seen_ % size_)};
    ++seen_;
    std::uint64_t element = 0;
    std::memcpy(&element, file_.at(place), sizeof element);
    return Used{static_cast<std::uint16_t>(element), static_cast<std::uint32_t>(element >> 32)};
  }
  const std::uint64_t rest = std::atomic_ref(packed()[seen_].rest).load(std::memory_order_acquire);
  const bool available = (rest >> 55 & 1) != 0;
  const bool used = (rest >> 63 & 1) != 0;
  if (available != used || used != seen_wrap_) return std::nullopt;
  const auto id = static_cast<std::uint16_t>(rest >> 32);
  seen_ = static_cast<std::uint16_t>(seen_ + slots_.at(id));
  if (seen_ >= size_) {
    seen_ = static_cast<std::uint16_t>(seen_ - size_);
    seen_wrap_ = !seen_wrap_;
  }
  return Used{id, static_cast<std::uint32_t>(rest)};
}

void DriverRing::want_calls(bool wanted) {
  if (is_packed_)
    file_.as<EventSuppression>(driver_)->flags = wanted ? 0 : 1;
  else
    available()->flags = wanted ? 0 : 1;
}

void DriverRing::want_call_after(std::uint16_t chains) {
  if (!is_packed_) {
    available()->entries()[size_] = static_cast<std::uint16_t>(seen_ + chains);
    return;
  }
  const unsigned place = seen_ + chains;
  const bool wrap = seen_wrap_ != (place >= size_);
  file_.as<EventSuppression>(driver_)->position =
      static_cast<std::uint16_t>(place % size_ | (wrap ? 0x8000U : 0));
  file_.as<EventSuppression>(driver_)->flags = 2;
}

}  // namespace ixyflow::test
