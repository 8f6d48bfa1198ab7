// Which rings of a front end work, and how they come to workers.

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <bit>

#include "drivers/virtio/device/front_end.hpp"

namespace ixyflow::drivers::vhost {

namespace feature = virtio::feature;

namespace {

struct Area {
  std::uint64_t address = 0;
  std::size_t bytes = 0;
  std::size_t alignment = 0;
};

/// Where an area of a ring is; nullptr unless it is all in the front end's memory, and aligned
/// (virtio 1.2, 2.7 and 2.8).
std::byte* find(const GuestMemory& memory, const Area& area) {
  std::uint8_t* const place = memory.translate_user(area.address, static_cast<std::uint32_t>(area.bytes));
  if (reinterpret_cast<std::uintptr_t>(place) % area.alignment != 0) return nullptr;
  return reinterpret_cast<std::byte*>(place);
}

/// Whether it could be written to now without waiting.
bool is_writable(int fd) noexcept {
  pollfd state{fd, POLLOUT, 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & POLLOUT) != 0;
}

/// An eventfd has a file of no type (stat(2)), unlike everything else that can be written to and might make
/// a worker wait. Others without a type, such as a timerfd, are never ready to be written to.
bool is_event(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == 0 && is_writable(fd);
}

}  // namespace

bool FrontEnd::enabled(const RingRecord& record) const noexcept {
  return record.enabled.value_or(!has(vhost_user::bit(vhost_user::kProtocolFeatures)));
}

/// Whether the front end has told all that is needed, and wants it to be served.
bool FrontEnd::is_wanted(std::size_t ring) const noexcept {
  const RingRecord& record = records_[ring];
  // What a disabled guest sends is taken and dropped; what it could receive is not given.
  const bool guest_receives = ring % 2 == 0;
  return rings_[ring]->served() && record.started && !record.faulty && record.size != 0 && record.addresses &&
         memory_ != nullptr && features_known_ && (!guest_receives || enabled(record));
}

/// Gives every ring that is wanted to its worker; false: one of them is not as it should be. None before all
/// workers are there: what the first one takes from the guest may be for the others to give to it.
bool FrontEnd::give_rings() {
  const auto lacks_worker = [](const GuestRing* ring) { return ring->served() && !ring->attended(); };
  if (std::ranges::any_of(rings_, lacks_worker)) return true;
  for (std::size_t ring = 0; ring < rings_.size(); ++ring) {
    if (records_[ring].given || !is_wanted(ring) || !rings_[ring]->parked()) continue;
    const auto setup = set_up(ring);
    if (!setup) return channel_.end(setup.error().text);
    rings_[ring]->give(*setup);
    records_[ring].given = true;
    records_[ring].call_is_new = false;
  }
  return true;
}

Result<RingSetup> FrontEnd::set_up(std::size_t ring) const {
  const RingRecord& record = records_[ring];
  const bool packed = has(feature::kRingPacked);
  const std::size_t size = record.size;
  if (!packed && !std::has_single_bit(size))
    return fail(ExitCode::refused,
                fmt::format("makes ring {} of {} descriptors, no power of two", ring, size));
  if (packed && record.position.index >= size)
    return fail(ExitCode::refused,
                fmt::format("starts ring {} at descriptor {} of {}", ring, record.position.index, size));
  const auto& addresses = *record.addresses;
  RingSetup setup{.packed = packed,
                  .size = static_cast<std::uint16_t>(size),
                  .position = record.position,
                  .memory = memory_.get(),
                  .event_index = has(feature::kEventIndex),
                  .mergeable = has(feature::kMrgRxbuf),
                  .checksums = has(feature::kCsum),
                  .enabled = enabled(record),
                  .call = record.call.get(),
                  .call_at_once = record.call_is_new && record.call.open()};
  setup.header_bytes = has(feature::kVersion1 | feature::kMrgRxbuf | feature::kRingPacked)
                           ? sizeof(virtio::NetHeader)
                           : virtio::kShortHeader;
  constexpr std::size_t kEvent = sizeof(virtio::EventSuppression);
  const std::size_t driver = packed ? kEvent : virtio::split::available_bytes(size);
  const std::size_t device = packed ? kEvent : virtio::split::used_bytes(size);
  setup.descriptors = find(*memory_, {addresses.descriptors, virtio::split::descriptor_bytes(size), 16});
  setup.driver = find(*memory_, {addresses.available, driver, packed ? 4U : 2U});
  setup.device = find(*memory_, {addresses.used, device, 4});
  if (setup.descriptors == nullptr || setup.driver == nullptr || setup.device == nullptr)
    return fail(ExitCode::refused, fmt::format("puts ring {} where it has no memory, or not aligned", ring));
  return setup;
}

FrontEnd::Reply FrontEnd::take_call(RingRecord& record) {
  record.call = message_.fds.take(0);
  record.call_is_new = true;
  if (!record.call.open()) return kDone;
  if (!is_event(record.call.get()) || ::fcntl(record.call.get(), F_SETFL, O_NONBLOCK | O_RDWR) != 0)
    return fail(ExitCode::refused, "sent a descriptor for calls that is no eventfd");
  return kDone;
}

/// Quarantine: a ring whose worker found what cannot be is taken back, and not served until the front end
/// sets it up anew.
void FrontEnd::find_faults(const EventSink& event) {
  for (std::size_t ring = 0; ring < rings_.size(); ++ring) {
    const char* fault = records_[ring].given ? rings_[ring]->fault() : nullptr;
    if (fault == nullptr || !is_back(ring)) continue;
    records_[ring].faulty = true;
    event(EventKind::warning, fmt::format("ring {} of the guest is not served any more: {}", ring, fault));
  }
}

/// A front end that fills an eventfd of its own, and takes O_NONBLOCK off, would have a worker wait: it is
/// emptied, with every look until the worker is out of it. False: there was one.
bool FrontEnd::calls_can_be_made() const noexcept {
  bool all = true;
  for (const RingRecord& record : records_) {
    if (!record.given || !record.call.open() || is_writable(record.call.get())) continue;
    all = false;
    std::uint64_t count = 0;
    iovec piece{&count, sizeof count};
    // Not read(2): the front end may have emptied it in the meantime.
    static_cast<void>(::preadv2(record.call.get(), &piece, 1, -1, RWF_NOWAIT) < 0);
  }
  return all;
}

void FrontEnd::report(const EventSink& event) {
  std::uint32_t pairs = 0;
  for (std::size_t ring = 0; ring < rings_.size(); ring += 2)
    if ((is_wanted(ring) || is_wanted(ring + 1)) && enabled(records_[ring + 1])) ++pairs;
  if (pairs == std::exchange(pairs_, pairs)) return;
  if (pairs == 0) return event(EventKind::note, "the front end has stopped its queues");
  event(EventKind::note, fmt::format("a front end is connected: {} queue pair{}, {} rings{}", pairs,
                                     pairs == 1 ? "" : "s", has(feature::kRingPacked) ? "packed" : "split",
                                     has(feature::kMrgRxbuf) ? ", mergeable buffers" : ""));
}

}  // namespace ixyflow::drivers::vhost
