// A reassembler as the element interface lets one write it: many packets become one.

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/element/flow_table.hpp"
#include "core/element/packet_element.hpp"
#include "core/net/write.hpp"
#include "core/packet/layers.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::elements {

/// Puts IPv4 datagrams together whose fragments come in any order (RFC 791, 3.2). Pieces that overlap are an
/// attack (RFC 5722): the whole datagram is dropped.
///
/// It says nothing of `room`: what it waits for comes by the same input, so that a source that waited for it
/// would wait for itself.
class SketchReassembler final : public Element {
  enum : PortIndex { kOut, kBad, kOverlap, kTooLarge, kTableFull, kTimeout, kNoBuffer, kEndOfRun, kPiece };

 public:
  static void describe(Spec<SketchReassembler>& spec) {
    spec.doc("Puts IPv4 fragments together.")
        .output(kOut, "out", "whole datagrams, and all else")
        .drop(kBad, "bad", "a fragment that cannot be")
        .drop(kOverlap, "overlap", "fragments of a datagram that overlap")
        .drop(kTooLarge, "too_large", "more pieces, or bytes, than a buffer takes")
        .drop(kTableFull, "table_full", "as many datagrams are on their way as it has places for")
        .drop(kTimeout, "timeout", "the rest did not come")
        .drop(kNoBuffer, "no_room", "complete, but there was no buffer to put it into")
        .drop(kEndOfRun, "end_of_run", "the rest had not come")
        .consume(kPiece, "piece", "fragments of datagrams that were put together")
        .creates()
        .replication(Replication::per_flow)
        .timer(&SketchReassembler::ageing_);
    spec.param("datagrams", &SketchReassembler::most_, "that may be on their way").range(1, 65'536);
    spec.param("timeout", &SketchReassembler::timeout_, "after the first fragment").range(1, 255'000'000'000);
  }

  void configure(Configuration& configuration) override { largest_ = configuration.buffers.data_room; }
  void prepare(Outputs& /*outputs*/) override { datagrams_.emplace(most_, secret_seed()); }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch) {
      const Ipv4Header* ip = ipv4(*packet);
      if (ip == nullptr || !ip->is_fragment())
        outputs.push(kOut, packet);
      else
        take(packet, *ip, outputs);
    }
  }
  void tick(Timer& /*timer*/, Outputs& outputs) noexcept override {
    drop_if(kTimeout, outputs,
            [&](const Datagram& d) { return d.first_came + timeout_.ns <= outputs.now(); });
    if (datagrams_->size() > 0) ageing_.arm(outputs.now() + kPause);
  }
  void flush(Outputs& outputs) noexcept override {
    drop_if(kEndOfRun, outputs, [](const Datagram&) { return true; });
  }
  [[nodiscard]] std::uint64_t held() const noexcept override { return held_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return most_ * kMostPieces; }

 private:
  static constexpr std::uint32_t kMostPieces = 16;
  static constexpr Nanoseconds kPause = 100'000'000;

  /// What fragments of one datagram have in common.
  struct Key {
    std::uint64_t addresses = 0;
    std::uint64_t rest = 0;
    friend bool operator==(const Key&, const Key&) = default;
    [[nodiscard]] std::uint64_t hash(std::uint64_t seed) const noexcept {
      return secret_hash(addresses ^ secret_hash(rest, seed), seed);
    }
  };
  struct Piece {
    Packet* packet = nullptr;
    std::uint32_t from = 0;  ///< of the datagram's payload
    std::uint32_t to = 0;
  };
  struct Datagram {
    std::array<Piece, kMostPieces> pieces{};
    std::uint32_t count = 0;
    std::uint32_t there = 0;  ///< bytes
    std::uint32_t total = 0;  ///< bytes; 0: the last piece has not come
    Nanoseconds first_came = 0;
    [[nodiscard]] std::span<const Piece> all() const noexcept { return std::span(pieces).first(count); }
  };

  static Key key_of(const Ipv4Header& ip) noexcept {
    Key key;
    std::memcpy(&key.addresses, &ip.source, sizeof key.addresses);
    key.rest = std::uint64_t{ip.identification.value()} << 8 | std::to_underlying(ip.protocol);
    return key;
  }

  void take(Packet* packet, const Ipv4Header& ip, Outputs& outputs) noexcept {
    const bool last = (ip.fragment.value() & 0x2000U) == 0;
    const std::uint32_t from = (ip.fragment.value() & 0x1fffU) * 8;
    const std::uint32_t length =
        ip.total_length.value() - std::min<std::uint32_t>(ip.header_length(), ip.total_length.value());
    const bool whole = ip.header_length() >= sizeof ip &&
                       packet->l3_offset + ip.header_length() + length <= packet->length();
    if (!whole || length == 0 || (!last && length % 8 != 0)) return outputs.push(kBad, packet);
    const Key key = key_of(ip);
    const std::uint64_t hash = datagrams_->hash(key);
    Datagram* datagram = datagrams_->find(key, hash, outputs.now());
    if (datagram == nullptr) datagram = begin(key, hash, outputs);
    if (datagram == nullptr) return outputs.push(kTableFull, packet);
    const PortIndex exit =
        add(*datagram, {packet, from, from + length}, last, packet->l3_offset + ip.header_length());
    if (exit == kOut && !complete(*datagram)) return;
    if (exit == kOut)
      put_together(*datagram, outputs);
    else
      drop(*datagram, exit, outputs);
    datagrams_->erase(key, hash);
  }
  Datagram* begin(const Key& key, std::uint64_t hash, Outputs& outputs) noexcept {
    Datagram* const datagram = datagrams_->insert(key, hash, outputs.now());
    if (datagram != nullptr) datagram->first_came = outputs.now();
    if (!ageing_.armed()) ageing_.arm(outputs.now() + kPause);
    return datagram;
  }
  /// Holds the piece. Else than kOut: why all of it is to be dropped, the piece too, which is held then.
  PortIndex add(Datagram& datagram, const Piece& piece, bool last, std::uint32_t headers) noexcept {
    PortIndex exit = kOut;
    for (const Piece& other : datagram.all())
      if (piece.from < other.to && other.from < piece.to) exit = kOverlap;
    if (last && datagram.total != 0) exit = kBad;
    if (last) datagram.total = piece.to;
    datagram.pieces[datagram.count++] = piece;
    datagram.there += piece.to - piece.from;
    ++held_;
    for (const Piece& each : datagram.all())
      if (datagram.total != 0 && each.to > datagram.total) exit = kBad;
    if (piece.to + headers > largest_ || (datagram.count == kMostPieces && !complete(datagram)))
      exit = kTooLarge;
    return exit;
  }
  static bool complete(const Datagram& datagram) noexcept { return datagram.there == datagram.total; }

  void put_together(Datagram& datagram, Outputs& outputs) noexcept {
    std::sort(datagram.pieces.begin(), datagram.pieces.begin() + datagram.count,
              [](const Piece& a, const Piece& b) { return a.from < b.from; });
    Packet& first = *datagram.pieces[0].packet;
    // The others may have no options.
    const std::uint32_t headers = first.l3_offset + ipv4(first)->header_length();
    if (headers + datagram.total > largest_) return drop(datagram, kTooLarge, outputs);
    Packet* const whole = outputs.create_like(first);
    if (whole == nullptr) return drop(datagram, kNoBuffer, outputs);
    whole->set_length(headers + datagram.total);
    std::copy_n(first.data(), headers, whole->data());
    for (const Piece& piece : datagram.all()) {
      const std::uint32_t at = piece.packet->l3_offset + ipv4(*piece.packet)->header_length();
      std::copy_n(piece.packet->data() + at, piece.to - piece.from, whole->data() + headers + piece.from);
    }
    Ipv4Header& ip = *header_at<Ipv4Header>(bytes_of(*whole), first.l3_offset);
    ip.total_length = static_cast<std::uint16_t>(ip.header_length() + datagram.total);
    ip.fragment = std::uint16_t{0};
    put_checksum(ip);
    outputs.push(kOut, whole);
    drop(datagram, kPiece, outputs);
  }
  void drop(const Datagram& datagram, PortIndex exit, Outputs& outputs) noexcept {
    for (const Piece& piece : datagram.all()) outputs.push(exit, piece.packet);
    held_ -= datagram.count;
  }
  template <class IsUnwanted>
  void drop_if(PortIndex exit, Outputs& outputs, IsUnwanted is_unwanted) noexcept {
    datagrams_->sweep(most_, [&](const Key&, const Datagram& datagram, Nanoseconds) {
      if (!is_unwanted(datagram)) return false;
      drop(datagram, exit, outputs);
      return true;
    });
  }

  std::uint32_t most_ = 64;
  Duration timeout_{30'000'000'000};
  std::uint32_t largest_ = 0;
  std::optional<FlowTable<Key, Datagram>> datagrams_;
  std::uint64_t held_ = 0;
  Timer ageing_;
};

IXYFLOW_ELEMENT(SketchReassembler);

}  // namespace ixyflow::elements

namespace ixyflow::test {

namespace reassembly {

Bytes datagram(std::uint16_t id = 7) {
  return ethernet({}, ipv4({.identification = id}, udp({}, counting(200))));
}

/// The bytes of the datagram from `from` to `to`, behind headers of their own.
Bytes piece(std::size_t from, std::size_t to, std::uint16_t id = 7) {
  const Bytes whole = datagram(id);
  const std::size_t end = std::min(34 + to, whole.size());
  const auto payload = Bytes(std::span(whole).subspan(34 + from, end - 34 - from));
  const auto more = static_cast<std::uint16_t>(end == whole.size() ? 0 : 0x2000);
  return ethernet({}, ipv4({.identification = id,
                            .fragment = static_cast<std::uint16_t>(more | from / 8),
                            .transport_checksum = false},
                           payload));
}

using Exits = std::vector<std::string>;

}  // namespace reassembly

TEST_CASE("a reassembler makes one packet of three, in whatever order they come") {
  using namespace reassembly;
  ElementHarness reassembler("SketchReassembler");
  std::vector<Bytes> pieces{piece(0, 80), piece(80, 160), piece(160, 999)};
  std::vector<std::size_t> order{0, 1, 2};
  do {
    CHECK(reassembler.send_batch({pieces[order[0]]}).empty());
    CHECK(reassembler.send_batch({pieces[order[1]]}).empty());
    CHECK(reassembler.element().held() == 2);
    const auto sent = reassembler.send_batch({pieces[order[2]]});
    REQUIRE(exits_of(sent) == Exits{"out", "piece", "piece", "piece"});
    CHECK(sent[0].bytes == datagram());
    CHECK(sent[0].layers_right);
    CHECK(transport_checksum_right(sent[0].bytes));
  } while (std::ranges::next_permutation(order).found);
  CHECK(reassembler.packets("piece") == 18);
  CHECK(reassembler.created() == 6);
  CHECK(reassembler.send(datagram()).exit == "out");
  CHECK(reassembler.send(arp_frame()).exit == "out");
}

TEST_CASE("a reassembler keeps datagrams apart, and forgets by a name what was not complete in time") {
  using namespace reassembly;
  ElementHarness reassembler("SketchReassembler");
  CHECK(reassembler.send_batch({piece(0, 80, 1), piece(80, 999, 2)}).empty());
  reassembler.advance_to(20'000'000'000);
  // It is the first piece that counts.
  CHECK(reassembler.send_batch({piece(80, 160, 1), piece(0, 80, 3)}).empty());
  CHECK(reassembler.advance_to(29'000'000'000).empty());
  CHECK(exits_of(reassembler.advance_to(31'000'000'000)) == Exits{"timeout", "timeout", "timeout"});
  CHECK(exits_of(reassembler.send_batch({piece(80, 999, 3)})) == Exits{"out", "piece", "piece"});
  CHECK(reassembler.element().held() == 0);
}

TEST_CASE("a reassembler drops what overlaps, what cannot be and what is too much, each by its name") {
  using namespace reassembly;
  ElementHarness reassembler("SketchReassembler", "datagrams = 2");
  CHECK(reassembler.send_batch({piece(0, 80)}).empty());
  CHECK(exits_of(reassembler.send_batch({piece(72, 160)})) == Exits{"overlap", "overlap"});
  CHECK(reassembler.send(piece(0, 77)).exit == "bad");
  CHECK(reassembler.send_batch({piece(160, 999)}).empty());
  Bytes second_end = piece(8, 16);
  second_end[20] = 0;  // no more fragments, and the header's checksum is nobody's business here
  CHECK(exits_of(reassembler.send_batch({second_end})) == Exits{"bad", "bad"});
  Bytes far = piece(0, 80);
  far[20] = 0x3f;
  CHECK(reassembler.send(far).exit == "too_large");
  for (std::size_t at = 0; at < 15 * 8; at += 8) CHECK(reassembler.send_batch({piece(at, at + 8)}).empty());
  CHECK(exits_of(reassembler.send_batch({piece(120, 128)})) == Exits(16, "too_large"));
  CHECK(reassembler.send_batch({piece(0, 80, 1), piece(0, 80, 2)}).empty());
  CHECK(reassembler.send(piece(0, 80, 3)).exit == "table_full");
  CHECK(exits_of(reassembler.flush()) == Exits{"end_of_run", "end_of_run"});
}

TEST_CASE("H6: a reassembler without a buffer drops the pieces by a name") {
  using namespace reassembly;
  ElementHarness reassembler("SketchReassembler", HarnessOptions{.buffers = 64});
  CHECK(reassembler.send_batch({piece(0, 80)}).empty());
  reassembler.leave_buffers(1);
  CHECK(exits_of(reassembler.send_batch({piece(80, 999)})) == Exits{"no_room", "no_room"});
  CHECK(reassembler.no_buffer() == 1);
}

}  // namespace ixyflow::test
