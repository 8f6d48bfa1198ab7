#include "tools/ixyflow/test/expectations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/net/describe.hpp"
#include "core/net/parser.hpp"
#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

/// `frame` with the bits of the ignored fields set to 0.
Bytes without(Bytes frame, const std::vector<const HeaderField*>& ignored) {
  const Layers layers = parse_layers(frame);
  std::vector<std::size_t> bits;
  for (const HeaderField* field : ignored)
    if (const auto offset = locate(*field, frame, layers))
      for (std::size_t i = 0; i < field->bits; ++i)
        bits.push_back(std::size_t{*offset} * 8 + field->bit_offset + i);
  for (const std::size_t bit : bits)
    frame[bit / 8] = static_cast<std::uint8_t>(frame[bit / 8] & ~(0x80U >> (bit % 8)));
  return frame;
}

std::string one_line(const Bytes& frame) {
  return fmt::format("{} bytes  {}", frame.size(),
                     describe_frame(frame, static_cast<std::uint32_t>(frame.size())));
}

std::string compare_packet(std::size_t i, const std::vector<Bytes>& expected, const std::vector<Bytes>& got,
                           const TestOutput& output) {
  if (i >= got.size()) return fmt::format("  packet {} is missing: {}\n", i + 1, one_line(expected[i]));
  if (i >= expected.size()) return fmt::format("  packet {} was not expected: {}\n", i + 1, one_line(got[i]));
  const Bytes a = without(expected[i], output.ignore);
  const Bytes b = without(got[i], output.ignore);
  return a == b ? "" : fmt::format("  packet {} differs:\n{}", i + 1, difference_text(a, b, 4));
}

void compare_packets_of(const TestOutput& output, const std::vector<Bytes>& expected,
                        const std::vector<Bytes>& got, std::vector<std::string>& failures) {
  constexpr std::size_t kMostShown = 3;
  std::string text;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
    const std::string difference = compare_packet(i, expected, got, output);
    if (difference.empty()) continue;
    if (++differing <= kMostShown) text += difference;
  }
  if (differing > kMostShown)
    text += fmt::format("  and {} more\n", plural(differing - kMostShown, "packet"));
  if (differing > 0)
    failures.push_back(fmt::format("port '{}': {} expected, {} came\n{}", output.port,
                                   plural(expected.size(), "packet"), thousands(got.size()), text));
}

}  // namespace

NamedNumbers counters_of(const RunReport& report) {
  NamedNumbers numbers;
  for (const ElementReport& element : report.elements) {
    for (const CounterReport& counter : element.counters)
      for (const auto& [name, value] : numbers_of(counter)) numbers[element.name + "." + name] = value;
    std::uint64_t bytes = 0;
    for (const ExitReport& exit : element.exits) {
      numbers.try_emplace(element.name + "." + exit.name, exit.packets);
      bytes += exit.bytes;
    }
    numbers.try_emplace(element.name + ".packets", element.in + element.received + element.created);
    numbers.try_emplace(element.name + ".bytes", bytes);
    numbers.try_emplace(element.name + ".received", element.received);
    numbers.try_emplace(element.name + ".created", element.created);
    numbers.try_emplace(element.name + ".no_buffer", element.no_buffer);
  }
  for (const ResourceReport& resource : report.resources)
    for (const CounterReport& counter : resource.counters)
      numbers[resource.name + "." + counter.name] = counter.value;
  for (const PortReport& port : report.ports) {
    for (const CounterReport& counter : port.counters)
      numbers[port.name + "." + counter.name] = counter.value;
    numbers.try_emplace(port.name + ".no_buffer", port.no_buffer);
  }
  return numbers;
}

NamedNumbers drops_of(const RunReport& report) {
  NamedNumbers numbers;
  for (const ElementReport& element : report.elements)
    for (const ExitReport& exit : element.exits)
      if (exit.to.empty() && exit.kind != ExitKind::sent && exit.kind != ExitKind::consumed)
        numbers[element.name + "." + exit.name] += exit.packets;
  for (const RingReport& ring : report.rings) numbers[ring.edge + ".ring_full"] += ring.dropped;
  for (const PortReport& port : report.ports) {
    for (const CounterReport& drop : port.receive_drops) numbers[port.name + "." + drop.name] += drop.value;
    for (const CounterReport& drop : port.transmit_drops) numbers[port.name + "." + drop.name] += drop.value;
  }
  return numbers;
}

void compare_numbers(std::string_view what, const std::vector<TestNumber>& expected, const NamedNumbers& got,
                     std::vector<std::string>& failures) {
  for (const TestNumber& number : expected) {
    const auto found = got.find(number.name);
    if (found == got.end()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : got) names.push_back(name);
      failures.push_back(with_suggestion(fmt::format("there is no {} '{}'", what, printable(number.name, 60)),
                                         number.name, names));
    } else if (found->second != number.value) {
      failures.push_back(fmt::format("{} {}: expected {}, got {}", what, number.name, thousands(number.value),
                                     thousands(found->second)));
    }
  }
}

void compare_output(const TestOutput& output, const std::vector<Bytes>& expected,
                    const std::vector<PortTraffic::Packet>& got, std::vector<std::string>& failures) {
  std::vector<Bytes> chosen;
  for (const auto& packet : got)
    if (!output.match || output.match->matches(packet.frame, packet.wire_length))
      chosen.push_back(packet.frame);
  const std::string of_those = output.match ? fmt::format(" that match '{}'", output.match_text) : "";
  if (output.count && chosen.size() != *output.count)
    failures.push_back(fmt::format("port '{}': expected {}{}, got {}", output.port,
                                   plural(*output.count, "packet"), of_those, thousands(chosen.size())));
  if (output.packets) compare_packets_of(output, expected, chosen, failures);
  if (output.match && !output.count && !output.packets && (chosen.size() != got.size() || got.empty()))
    failures.push_back(fmt::format("port '{}': {} of {}{}", output.port, thousands(chosen.size()),
                                   plural(got.size(), "packet"), of_those));
}

}  // namespace ixyflow::tools
