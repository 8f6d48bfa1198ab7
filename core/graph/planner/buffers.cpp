#include "core/graph/planner/buffers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/cache_line.hpp"
#include "core/base/round_up.hpp"
#include "core/graph/planner/logical/order.hpp"

namespace ixyflow {
namespace {

/// What a driver may put in front of a frame that it sends: virtio has the most, 12 bytes.
constexpr std::uint64_t kOfPorts = 16;

/// By element: the most bytes that it and those before it put in front of a packet.
std::vector<std::uint64_t> bytes_in_front(const Pipeline& pipeline) {
  const Wiring wiring = wire(pipeline);
  const EdgeSet closing = edges_closing_cycles(pipeline, wiring);
  std::vector<std::uint64_t> bytes(pipeline.elements.size());
  for (const std::size_t element : topological_order(pipeline, wiring, closing)) {
    for (const std::size_t edge : wiring.in[element])
      if (!closing[edge]) bytes[element] = std::max(bytes[element], bytes[pipeline.edges[edge].from]);
    bytes[element] += pipeline.elements[element].spec->headroom;
  }
  return bytes;
}

}  // namespace

BufferLayout plan_buffers(const Pipeline& pipeline, Diagnostics& diagnostics) {
  BufferLayout layout;
  layout.data_room = pipeline.settings.packet_size;
  const std::vector<std::uint64_t> bytes = bytes_in_front(pipeline);
  const auto most = std::ranges::max_element(bytes);
  if (most == bytes.end() || *most + kOfPorts <= layout.headroom) return layout;
  if (*most + kOfPorts > kMaxHeadroom) {
    const ElementNode& last = pipeline.elements[static_cast<std::size_t>(most - bytes.begin())];
    diagnostics.error(
        last.where,
        fmt::format("element '{}' (type {}) and those before it put {} bytes in front of a packet, "
                    "and buffers have room for {} at most",
                    last.name, last.spec->name, *most, kMaxHeadroom - kOfPorts),
        "fewer headers one before the other");
    return layout;
  }
  layout.headroom = static_cast<std::uint32_t>(round_up<std::uint64_t>(*most + kOfPorts, kCacheLine));
  return layout;
}

}  // namespace ixyflow
