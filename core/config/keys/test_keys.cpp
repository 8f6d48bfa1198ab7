#include "core/config/keys/test_keys.hpp"

#include <utility>

#include "core/config/keys/file_keys.hpp"

namespace ixyflow {
namespace {

ParameterSpec packets_key() {
  return described_key("packets", "list of frames", ParameterShape::list,
                       "Frames in hexadecimal; `00*18` repeats a byte, `#` starts a comment.");
}

ParameterSpec capture_key() {
  return described_key(
      "pcap", "path", ParameterShape::string,
      "A capture with the frames, in the place of `packets`; it counts from the folder of the file.");
}

ParameterSpec port_key() {
  ParameterSpec key = described_key("port", "text", ParameterShape::string, "Name of a port of the file.");
  key.required = true;
  return key;
}

/// Of a table of numbers.
ParameterSpec counts_key(std::string name, std::string doc) {
  ParameterSpec key =
      described_key(std::move(name), "table of integers", ParameterShape::table, std::move(doc));
  key.minimum = 0;
  return key;
}

}  // namespace

const std::vector<ParameterSpec>& test_keys() {
  static const std::vector<ParameterSpec> keys = {
      described_key("name", "text", ParameterShape::string, "What the test shows, as a sentence."),
      described_key("in", "table or list of tables", ParameterShape::any, "Packets that come in by a port."),
      described_key("out", "table or list of tables", ParameterShape::any,
                    "What must leave by a port; what leaves by ports that are not named is not looked at."),
      counts_key("counters", "Values that counters must have: `{ \"count.packets\" = 3 }`."),
      counts_key("drops", "Packets that must be dropped, by element and reason: `{ \"fw.other\" = 1 }`."),
      described_key("set", "table", ParameterShape::table, "Values of parameters, as with --set."),
      described_key("for", "duration", ParameterShape::string,
                    "Virtual time after which the run is stopped; without it, it must end by itself.")};
  return keys;
}

const std::vector<ParameterSpec>& test_input_keys() {
  static const std::vector<ParameterSpec> keys = {
      port_key(), packets_key(), capture_key(),
      described_key("at", "list of durations", ParameterShape::list,
                    "When each packet comes, from the start of the run: `[\"0s\", \"1ms\"]`."),
      described_key("interval", "duration", ParameterShape::string,
                    "Time between two packets, in the place of `at`; without both all come at once.")};
  return keys;
}

const std::vector<ParameterSpec>& test_output_keys() {
  static const std::vector<ParameterSpec> keys = [] {
    std::vector<ParameterSpec> made = {port_key(), packets_key(), capture_key()};
    ParameterSpec count =
        described_key("count", "integer", ParameterShape::integer,
                      "How many packets leave (of those that match), in the place of `packets`.");
    count.minimum = 0;
    made.push_back(std::move(count));
    made.push_back(
        described_key("match", "text", ParameterShape::string,
                      "Expression of tcpdump; without `count` and `packets` every packet must match."));
    made.push_back(described_key("ignore", "list of fields", ParameterShape::list,
                                 "Header fields that are not compared: `[\"ip.id\", \"ip.checksum\"]`."));
    return made;
  }();
  return keys;
}

std::vector<std::string> names_of(const std::vector<ParameterSpec>& keys) {
  std::vector<std::string> names;
  for (const ParameterSpec& key : keys) names.push_back(key.name);
  return names;
}

}  // namespace ixyflow
