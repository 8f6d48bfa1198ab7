// What the flow hash of a packet costs whose layers are known: 64 bytes, UDP over IPv4, 512 of them in the
// cache. Beside it, in the same rounds, the folded Toeplitz hash (folded_toeplitz.hpp).
//
//   hash_bench 9 1000000        rounds of so many packets each; prints JSON: TSC cycles per packet
//   hash_bench flow 1000000     one of them alone, so that callgrind can count: flow, toeplitz, or none

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/net/flow/flow_hash.hpp"
#include "core/net/write.hpp"
#include "tools/bench/hash/folded_toeplitz.hpp"

namespace {

using namespace ixyflow;

struct Frame {
  std::array<std::uint8_t, 64> bytes{};
  Layers layers;
};

std::vector<Frame> make_frames() {
  std::vector<Frame> frames(512);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::span<std::uint8_t> frame(frames[i].bytes);
    const auto number = static_cast<std::uint8_t>(i);
    put_ethernet(frame, {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}, BeEtherType(EtherType::ipv4)});
    put_ipv4(frame.subspan(14), {.source = {{10, 0, static_cast<std::uint8_t>(i >> 8), number}},
                                 .destination = {{198, 18, 0, number}},
                                 .protocol = IpProtocol::udp});
    put_udp(frame.subspan(34), {.source_port = 4789, .destination_port = static_cast<std::uint16_t>(i)});
    frames[i].layers = parse_layers(frame);
  }
  return frames;
}

std::uint32_t no_hash(std::span<const std::uint8_t> frame, const Layers& layers) noexcept {
  return frame[layers.l4_offset];
}

using Hash = std::uint32_t (*)(std::span<const std::uint8_t>, const Layers&) noexcept;

double cycles_per_packet(const std::vector<Frame>& frames, Hash hash, std::uint64_t packets) {
  std::uint32_t all = 0;
  const std::uint64_t start = tsc();
  for (std::uint64_t done = 0; done < packets; done += frames.size())
    for (const Frame& frame : frames) all ^= hash(frame.bytes, frame.layers);
  const std::uint64_t end = tsc();
  // The sum is looked at, so that it must be computed.
  if (all == 1) std::fputs("", stderr);
  return static_cast<double>(end - start) / static_cast<double>(packets);
}

Hash hash_called(std::string_view name) {
  if (name == "flow") return flow_hash;
  if (name == "toeplitz") return bench::folded_toeplitz;
  return no_hash;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: hash_bench ROUNDS|flow|toeplitz|none PACKETS\n", stderr);
    return EXIT_FAILURE;
  }
  const std::vector<Frame> frames = make_frames();
  const std::uint64_t packets = std::strtoull(argv[2], nullptr, 10) / frames.size() * frames.size();
  const int rounds = std::atoi(argv[1]);
  if (rounds == 0) {
    std::printf("%.2f\n", cycles_per_packet(frames, hash_called(argv[1]), packets));
    return EXIT_SUCCESS;
  }
  nlohmann::json result;
  for (int round = 0; round < rounds; ++round)
    for (const char* name : {"none", "toeplitz", "flow"})
      result[name].push_back(cycles_per_packet(frames, hash_called(name), packets));
  std::puts(result.dump().c_str());
  return EXIT_SUCCESS;
}
