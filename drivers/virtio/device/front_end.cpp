// The conversation with a front end: what it asks for, and how it is served.

#include "drivers/virtio/device/front_end.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

namespace ixyflow::drivers::vhost {

using vhost_user::bit;
using vhost_user::MessageShape;
using vhost_user::Request;

namespace {

/// Messages that are served with one look, so that nobody else waits long.
constexpr unsigned kMostAtOnce = 64;

constexpr std::uint64_t kProtocolOffer =
    bit(vhost_user::protocol_feature::kMq) | bit(vhost_user::protocol_feature::kReplyAck) |
    bit(vhost_user::protocol_feature::kMtu) | bit(vhost_user::protocol_feature::kResetDevice) |
    bit(vhost_user::protocol_feature::kStatus);

std::unexpected<Error> mistake(std::string text) {
  return fail(ExitCode::refused, std::move(text));
}

}  // namespace

FrontEnd::FrontEnd(FileDescriptor socket, std::span<GuestRing* const> rings, const Offer& offer, Time now)
    : channel_(std::move(socket)), rings_(rings), offer_(offer), since_(now), records_(rings.size()) {}

bool FrontEnd::look(Time now, const EventSink& event) {
  if (memory_ != nullptr && memory_->vanished()) return channel_.end("took away memory that is in use");
  if (!calls_can_be_made()) return channel_.end("keeps calls from being made");
  find_faults(event);
  for (unsigned i = 0; i < kMostAtOnce; ++i) {
    if (!channel_.flush(now)) return false;
    if (channel_.waiting()) return true;
    if (!pending_) {
      const auto next = channel_.receive(message_, now);
      if (next == vhost_user::Channel::Next::ended) return false;
      if (next == vhost_user::Channel::Next::none) {
        if (!spoke_ && now - since_ > vhost_user::Channel::kPatience) return channel_.end("says nothing");
        if (!give_rings()) return false;
        report(event);
        return true;
      }
      if (std::string wrong = mistake_in_request(message_); !wrong.empty())
        return channel_.end(std::move(wrong));
      pending_ = spoke_ = true;
    }
    if (!serve_pending(now)) return false;
    if (pending_) return true;
  }
  return true;
}

bool FrontEnd::leave() noexcept {
  static_cast<void>(calls_can_be_made());
  bool all = true;
  for (std::size_t ring = 0; ring < rings_.size(); ++ring) all &= is_back(ring);
  return all;
}

/// Serves the pending message as soon as the rings that it is about are back.
bool FrontEnd::serve_pending(Time now) {
  const MessageShape& shape = *vhost_user::shape_of(message_.header.request);
  if (!all_back(shape)) return true;
  pending_ = false;
  const Reply reply = handle(shape);
  message_.fds = {};
  if (!reply) return channel_.end(reply.error().text);
  const bool asked = (message_.header.flags & vhost_user::kNeedReply) != 0 &&
                     (protocol_features_ & bit(vhost_user::protocol_feature::kReplyAck)) != 0;
  return (!shape.replies && !asked) || channel_.send({.request = shape.request,
                                                      .flags = vhost_user::kReply,
                                                      .payload = std::as_bytes(std::span(&*reply, 1)),
                                                      .fds = {}},
                                                     now);
}

bool FrontEnd::all_back(const MessageShape& shape) noexcept {
  if (shape.about == MessageShape::About::all_rings) return leave();
  if (shape.about == MessageShape::About::nothing) return true;
  // All payloads that name a ring have its number in front.
  const auto ring = message_.as<std::uint32_t>() & vhost_user::kRingMask;
  return ring >= rings_.size() || is_back(ring);
}

bool FrontEnd::is_back(std::size_t ring) noexcept {
  RingRecord& record = records_[ring];
  if (!record.given) return true;
  if (!rings_[ring]->take_back()) return false;
  record.given = false;
  record.position = rings_[ring]->position();
  return true;
}

FrontEnd::Reply FrontEnd::handle(const MessageShape& shape) {
  const auto number = message_.as<std::uint64_t>();
  if (shape.about != MessageShape::About::ring) return handle_device(shape.request, number);
  const bool with_fd = shape.payload == MessageShape::Payload::ring_descriptor;
  const std::uint64_t ring = with_fd ? number & ~vhost_user::kNoDescriptor : message_.as<std::uint32_t>();
  if (ring >= rings_.size())
    return mistake(fmt::format("sent {} for ring {}, but `queues` = {} makes {}", shape.name, ring,
                               rings_.size() / 2, rings_.size()));
  if (with_fd && (message_.fds.count() == 0) != ((number & vhost_user::kNoDescriptor) != 0))
    return mistake(fmt::format("sent {} with {} descriptors", shape.name, message_.fds.count()));
  return handle_ring(shape.request, ring);
}

FrontEnd::Reply FrontEnd::handle_device(Request request, std::uint64_t number) {
  switch (request) {
    case Request::get_features:
      return offer_.features | bit(vhost_user::kProtocolFeatures);
    case Request::set_features:
      return set_features(number);
    case Request::get_protocol_features:
      return kProtocolOffer;
    case Request::set_protocol_features:
      if ((number & ~kProtocolOffer) != 0)
        return mistake(
            fmt::format("takes protocol features that were not offered: {:#x}", number & ~kProtocolOffer));
      protocol_features_ = number;
      return kDone;
    case Request::get_queue_num:
      return rings_.size() / 2;
    case Request::set_mem_table:
      return set_memory();
    case Request::net_set_mtu:
      // RFC 791 has the least.
      return number >= 68 && number <= 0xffff && number + 14 <= offer_.longest_frame ? kDone : kNotDone;
    case Request::set_status:
      if (number > 0xff) return mistake(fmt::format("sets the status to {:#x}", number));
      status_ = static_cast<std::uint8_t>(number);
      if (status_ == 0) stop_rings();
      return kDone;
    case Request::get_status:
      return status_;
    case Request::reset_owner:
      stop_rings();
      return kDone;
    case Request::reset_device:
      for (RingRecord& record : records_) record = {};
      status_ = 0;
      return kDone;
    default:  // set_owner; set_vring_err, whose descriptor is closed: errors are events of ours
      return kDone;
  }
}

FrontEnd::Reply FrontEnd::handle_ring(Request request, std::size_t ring) {
  RingRecord& record = records_[ring];
  const auto number = message_.as<vhost_user::RingNumber>().number;
  record.faulty = false;
  switch (request) {
    case Request::set_vring_num:
      if (number == 0 || number > vhost_user::kMaxRingSize)
        return mistake(fmt::format("makes ring {} of {} descriptors", ring, number));
      record.size = number;
      return kDone;
    case Request::set_vring_addr:
      record.addresses = message_.as<vhost_user::RingAddresses>();
      if ((record.addresses->flags & vhost_user::kLogUsed) != 0)
        return mistake("wants changes to be logged, which was not offered");
      return kDone;
    case Request::set_vring_base:
      return set_position(record, number);
    case Request::get_vring_base: {
      record.started = false;
      const auto [index, wrap] = record.position;
      const std::uint32_t half =
          index | (wrap && has(virtio::feature::kRingPacked) ? vhost_user::kPackedWrap : 0);
      // Of a packed ring both sides, which are at the same place.
      const std::uint32_t place = has(virtio::feature::kRingPacked) ? half | half << 16 : half;
      return std::bit_cast<std::uint64_t>(vhost_user::RingNumber{static_cast<std::uint32_t>(ring), place});
    }
    case Request::set_vring_kick:
      // We look by ourselves: the descriptor is closed.
      record.started = true;
      return kDone;
    case Request::set_vring_call:
      return take_call(record);
    default:  // set_vring_enable
      if (number > 1) return mistake(fmt::format("sent {} for enabled or not", number));
      record.enabled = number == 1;
      return kDone;
  }
}

FrontEnd::Reply FrontEnd::set_features(std::uint64_t features) {
  const std::uint64_t offered = offer_.features | bit(vhost_user::kProtocolFeatures);
  if ((features & ~offered) != 0)
    return mistake(fmt::format("takes features that were not offered: {:#x}", features & ~offered));
  features_ = features;
  features_known_ = true;
  return kDone;
}

FrontEnd::Reply FrontEnd::set_memory() {
  // The old one first: a front end may have two of them only in passing.
  memory_.reset();
  auto mapped = GuestMemory::map(message_.as<vhost_user::MemoryTable>(), message_.fds);
  if (!mapped) return std::unexpected(mapped.error());
  memory_ = std::move(*mapped);
  return kDone;
}

FrontEnd::Reply FrontEnd::set_position(RingRecord& record, std::uint32_t number) {
  if (!has(virtio::feature::kRingPacked))
    record.position = {static_cast<std::uint16_t>(number), true};
  else
    record.position = {static_cast<std::uint16_t>(number & vhost_user::kPackedIndexMask),
                       (number & vhost_user::kPackedWrap) != 0};
  return kDone;
}

void FrontEnd::stop_rings() noexcept {
  for (RingRecord& record : records_) record.started = record.faulty = false;
}

}  // namespace ixyflow::drivers::vhost
