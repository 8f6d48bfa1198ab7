#include "core/graph/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace ixyflow {

std::uint32_t distance(const Machine& machine, int from, int to) {
  constexpr std::uint32_t kHere = 10;
  constexpr std::uint32_t kElsewhere = 20;
  const auto index = [&](int node) {
    return static_cast<std::size_t>(std::ranges::find(machine.nodes, node, &NumaNode::id) -
                                    machine.nodes.begin());
  };
  const std::size_t row = index(from);
  const std::size_t column = index(to);
  if (row < machine.distances.size() && column < machine.distances[row].size())
    return machine.distances[row][column];
  return from == to ? kHere : kElsewhere;
}

int nearest_memory(const Machine& machine, int node) {
  const NumaNode* nearest = nullptr;
  for (const NumaNode& candidate : machine.nodes)
    if (candidate.memory_bytes > 0 &&
        (nearest == nullptr || distance(machine, node, candidate.id) < distance(machine, node, nearest->id)))
      nearest = &candidate;
  return nearest != nullptr ? nearest->id : node;
}

std::string show_numbers(const std::vector<int>& numbers) {
  std::vector<std::string> stretches;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    stretches.push_back(first == last ? fmt::to_string(numbers[first])
                                      : fmt::format("{}-{}", numbers[first], numbers[last]));
    first = last + 1;
  }
  return fmt::format("{}", fmt::join(stretches, ", "));
}

}  // namespace ixyflow
