#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "core/element/flow_table.hpp"
#include "core/element/packet_element.hpp"
#include "core/net/flow/flow_hash.hpp"
#include "core/net/flow/spread.hpp"
#include "core/net/write.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/packet_flow.hpp"
#include "core/packet/packet_queue.hpp"

namespace ixyflow::elements {

/// Network address and port translation of TCP and UDP over IPv4 (RFC 3022, 2.2), on any number of cores, as
/// the element interface lets one write it. Copies share nothing: each takes a port such that the flow hash
/// of the translated packet, which is that of the replies, leads back to itself. A port that is in use in a
/// copy is given to nobody else there; in another copy it can only be used towards another peer, because the
/// same peer would mean the same hash.
class SketchNat final : public Element {
  enum : PortIndex { kOutside, kInside, kNotTranslated, kUnknown, kNoPort, kTableFull };

 public:
  static void describe(Spec<SketchNat>& spec) {
    spec.doc("Lets many hosts share one address.")
        .input("inside", "packets of the hosts")
        .input("outside", "replies")
        .output(kOutside, "outside", "packets of the hosts, in the name of `address`")
        .output(kInside, "inside", "replies, to the hosts")
        .drop(kNotTranslated, "not_translated", "neither TCP nor UDP over IPv4")
        .drop(kUnknown, "unknown", "to nobody inside")
        .drop(kNoPort, "no_port", "no port is left with which replies would come back to this copy")
        .drop(kTableFull, "table_full", "as many sessions as it has room for")
        .gauge("sessions", &SketchNat::sessions, "that are live")
        .keeps_length()
        .one_way()
        .replication(Replication::per_connection)
        .translates()
        .timer(&SketchNat::ageing_);
    spec.param("address", &SketchNat::address_, "what is seen from outside").required("\"198.51.100.1\"");
    spec.param("first_port", &SketchNat::first_port_, "the least of its ports").range(1, 65'535);
    spec.param("idle", &SketchNat::idle_, "after which a session ends");
  }

  void configure(Configuration& configuration) override {
    copy_ = configuration.copy;
    copies_ = configuration.copies;
  }
  void prepare(Outputs& /*outputs*/) override {
    inside_.emplace(kSessions, secret_seed());
    outside_.emplace(kSessions, secret_seed());
    ports_ = Fifo<std::uint16_t>(65'536U - first_port_);
    for (std::uint32_t port = first_port_; port <= 65'535; ++port)
      static_cast<void>(ports_.push(static_cast<std::uint16_t>(port)));
  }

  void process(PortIndex input, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch) {
      FlowKey key;
      if (!read_flow_key(*packet, key) || key.version != 4 || packet->l4_offset == kNoOffset ||
          key.source_port.value() == 0 ||
          (key.protocol != IpProtocol::udp && key.protocol != IpProtocol::tcp))
        outputs.push(kNotTranslated, packet);
      else
        outputs.push(input == 0 ? go_out(*packet, key, outputs.now()) : come_in(*packet, key, outputs.now()),
                     packet);
    }
    if (inside_->size() > 0 && !ageing_.armed()) ageing_.arm(outputs.now() + kPause);
  }
  void tick(Timer& /*timer*/, Outputs& outputs) noexcept override {
    inside_->expire(outputs.now() - idle_.ns, 1024, [this](const FlowKey& /*key*/, const Session& session) {
      const FlowKey replies = session.translated.reversed();
      outside_->erase(replies, outside_->hash(replies));
      static_cast<void>(ports_.push(session.translated.source_port.value()));
    });
    if (inside_->size() > 0) ageing_.arm(outputs.now() + kPause);
  }

 private:
  static constexpr std::uint32_t kSessions = 65'536;
  static constexpr Nanoseconds kPause = 10'000'000;
  static constexpr std::uint32_t kTries = 64;  ///< one in `copies` is right

  struct Session {
    FlowKey translated;
  };
  struct Replies {
    FlowKey original;
  };
  [[nodiscard]] std::uint64_t sessions() const noexcept { return inside_->size(); }

  PortIndex go_out(Packet& packet, const FlowKey& key, Nanoseconds now) noexcept {
    const std::uint64_t hash = inside_->hash(key);
    if (const Session* session = inside_->find(key, hash, now)) {
      write(packet, session->translated);
      return kOutside;
    }
    Session* const session = inside_->insert(key, hash, now);
    if (session == nullptr) return kTableFull;
    const PortIndex exit = begin(packet, key, *session, now);
    if (exit != kOutside) inside_->erase(key, hash);
    return exit;
  }
  /// Finds a port for a new session, and leaves the packet translated.
  PortIndex begin(Packet& packet, const FlowKey& key, Session& session, Nanoseconds now) noexcept {
    session.translated = key;
    std::memcpy(session.translated.source.data(), &address_, sizeof address_);
    for (std::uint32_t tries = std::min(kTries, ports_.size()); tries > 0; --tries) {
      const std::uint16_t port = ports_.pop();
      session.translated.source_port = port;
      write(packet, session.translated);
      const FlowKey replies = session.translated.reversed();
      if (spread(flow_hash(bytes_of(packet), layers_of(packet)), Spreader::copies, copies_) == copy_) {
        Replies* const entry = outside_->insert(replies, outside_->hash(replies), now);
        if (entry != nullptr) {
          entry->original = key;
          return kOutside;
        }
      }
      static_cast<void>(ports_.push(port));
    }
    return kNoPort;
  }
  PortIndex come_in(Packet& packet, const FlowKey& key, Nanoseconds now) noexcept {
    const Replies* replies = outside_->find(key, outside_->hash(key), now);
    if (replies == nullptr) return kUnknown;
    // The session lives on by its replies, too.
    static_cast<void>(inside_->find(replies->original, inside_->hash(replies->original), now));
    write(packet, replies->original.reversed());
    return kInside;
  }

  /// Gives the packet, which is TCP or UDP over IPv4, the addresses and ports of `key`.
  static void write(Packet& packet, const FlowKey& key) noexcept {
    const auto frame = bytes_of(packet);
    Ipv4Header& ip = *ipv4(packet);
    std::memcpy(&ip.source, key.source.data(), sizeof ip.source);
    std::memcpy(&ip.destination, key.destination.data(), sizeof ip.destination);
    std::memcpy(frame.data() + packet.l4_offset, &key.source_port, 2);
    std::memcpy(frame.data() + packet.l4_offset + 2, &key.destination_port, 2);
    put_checksum(ip);
    const auto segment = frame.first(ip_end(frame, layers_of(packet))).subspan(packet.l4_offset);
    if (key.protocol == IpProtocol::udp)
      static_cast<void>(put_udp_checksum(segment, addresses_of(ip)));
    else
      static_cast<void>(put_tcp_checksum(segment, addresses_of(ip)));
  }

  Ipv4Address address_;
  std::uint16_t first_port_ = 1024;
  Duration idle_{300'000'000'000};
  std::uint32_t copy_ = 0;
  std::uint32_t copies_ = 1;
  std::optional<FlowTable<FlowKey, Session>> inside_;
  std::optional<FlowTable<FlowKey, Replies>> outside_;
  Fifo<std::uint16_t> ports_;  ///< that are free, the longest so first
  Timer ageing_;
};

}  // namespace ixyflow::elements
