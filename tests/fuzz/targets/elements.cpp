// The parser, and any chain of elements behind it: whatever is in the frames, and whichever elements an input
// chooses with whatever parameters, no packet is lost and every buffer comes home.

#include <array>
#include <memory>

#include "core/net/checksum.hpp"
#include "core/net/describe.hpp"
#include "core/net/fields.hpp"
#include "core/net/flow/flow_hash.hpp"
#include "core/net/parser.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/fuzz/stations.hpp"

namespace ixyflow::fuzz {
namespace {

/// How an input begins, but for the first byte of it and for what its elements decide; frames follow.
struct FrameHeader {
  std::uint16_t length = 0;
  std::uint8_t missing = 0;  ///< bytes that a capture cut off
  std::uint8_t paint = 0;
  std::uint8_t strip = 0;  ///< bytes that somebody took off its front before
  std::uint8_t unused = 0;
};

/// Everything of core/net that reads frames, on an allocation to the byte.
void read_frame(Bytes bytes) {
  const std::vector<std::uint8_t> frame(bytes.begin(), bytes.end());
  const auto length = static_cast<std::uint32_t>(frame.size());
  const Layers layers = parse_layers(frame);
  expect(length == 0 || (layers.l3_offset < length && layers.l4_offset < length),
         "layers begin inside of the frame");
  expect(ip_end(frame, layers) <= length, "so does the IP packet end");
  expect(flow_hash(frame, layers) == flow_hash(frame, layers), "a flow has one hash");
  static_cast<void>(transport_checksum(frame, layers));
  expect(!describe_frame(frame, length).empty(), "there is something to be said of every frame");
  for (const HeaderField& field : header_fields())
    if (const auto offset = locate(field, frame, layers))
      expect(!show_field(field, frame, *offset).empty(), "what is there can be shown");
}

/// A chain of stages, and the packets on their way through it.
class Chain {
 public:
  Chain(std::vector<Station>& stations, Bench& bench, Input& input) : bench_(bench), input_(input) {
    for (unsigned left = 1 + input.below(5); left > 0; --left) {
      Station& station = stations[input.below(static_cast<std::uint32_t>(stations.size()))];
      auto stage = std::make_unique<Stage>(station, bench, input);
      if (stage->works()) stages_.push_back(std::move(stage));
    }
  }

  void send(std::vector<Packet*> packets) {
    for (auto& stage : stages_) packets = through(*stage, std::move(packets));
    bench_.pool->free(packets);
  }
  void end() {
    // An element that has not given out what it holds after so many calls never will.
    constexpr int kEnough = 10'000;
    for (std::size_t i = 0; i < stages_.size(); ++i)
      for (int calls = 0; stages_[i]->held() > 0; ++calls) {
        expect(calls < kEnough, "what is held is given out");
        std::vector<Packet*> packets;
        stages_[i]->flush(packets);
        for (std::size_t next = i + 1; next < stages_.size(); ++next)
          packets = through(*stages_[next], std::move(packets));
        bench_.pool->free(packets);
      }
  }

 private:
  std::vector<Packet*> through(Stage& stage, std::vector<Packet*> packets) {
    std::vector<Packet*> left;
    if (!packets.empty()) stage.process(packets, input_, left);
    stage.tick(left);
    stage.poll(left);
    return left;
  }

  Bench& bench_;
  Input& input_;
  std::vector<std::unique_ptr<Stage>> stages_;
};

/// The next frame as a packet; null when there are no buffers.
Packet* take_packet(Bench& bench, Input& input) {
  const auto header = input.take<FrameHeader>();
  Packet* packet = nullptr;
  if (bench.pool->allocate({&packet, 1}) == 0) return nullptr;
  const Bytes frame = input.bytes(std::min<std::size_t>(header.length, packet->tailroom()));
  read_frame(frame);
  std::ranges::copy(frame, packet->data());
  const auto length = static_cast<std::uint32_t>(frame.size());
  packet->set_length(length, length + header.missing);
  packet->paint = header.paint;
  packet->timestamp = bench.clock.now();
  static_cast<void>(packet->pull(header.strip % 64));
  return packet;
}

void run_elements(Bytes bytes) {
  static Bench bench;
  static std::vector<Station> stations = all_stations(bench);
  bench.clock = Clock(Clock::Kind::simulated);
  Input input(bytes);
  {
    Chain chain(stations, bench, input);
    while (!input.empty()) {
      bench.clock.advance_to(bench.clock.now() + Nanoseconds{input.byte()} * 1'000'000);
      std::vector<Packet*> burst;
      for (unsigned left = 1 + input.below(4); left > 0 && !input.empty(); --left)
        if (Packet* packet = take_packet(bench, input)) burst.push_back(packet);
      chain.send(std::move(burst));
    }
    chain.end();
  }
  bench.pool->send_home();
  expect(bench.pool->available() == bench.pool->size(), "every buffer comes home");
}

void elements_seeds(const Sink& seed) {
  Bench bench;
  const auto count = static_cast<unsigned>(all_stations(bench).size());
  const auto some = frames();
  for (unsigned station = 0; station < count; ++station) {
    Seed chain;
    chain.byte(1).byte(station).bytes(std::array<std::uint8_t, 6>{}).byte(station * 7 % count);
    for (std::size_t i = 0; i < 4; ++i) {
      const test::Bytes& frame = some[(station * 3 + i) % some.size()];
      chain.byte(1).byte(0).put(FrameHeader{.length = static_cast<std::uint16_t>(frame.size())}).bytes(frame);
    }
    seed(chain.content());
  }
  for (const test::Bytes& frame : some)
    seed(Seed()
             .byte(4)
             .put(FrameHeader{.length = static_cast<std::uint16_t>(frame.size())})
             .bytes(frame)
             .content());
}

const Registered elements_target(
    {.name = "elements", .run = run_elements, .seeds = elements_seeds, .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
