#include "tools/ixyflow/test/test_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/text/suggestion.hpp"
#include "core/base/values/value.hpp"
#include "core/config/keys/test_keys.hpp"
#include "tools/ixyflow/test/frame_text.hpp"
#include "tools/ixyflow/test/table_reader.hpp"

namespace ixyflow::tools {
namespace {

/// Reads the tests of one file.
class TestReader {
 public:
  TestReader(const PipelineFile& file, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    if (const auto* ports = find(file.root, "ports"))
      if (const auto* table = ports->value.get_if<Value::Table>())
        for (const auto& entry : *table) ports_.push_back(entry.key);
  }

  std::optional<TestCase> read(const Value& value, std::size_t number) {
    const std::size_t errors_before = diagnostics_.errors();
    TestCase test;
    test.where = value.where();
    test.name = fmt::format("test {}", number);
    const TableReader reader(value, "[[test]]", names_of(test_keys()), diagnostics_);
    if (!reader.good()) return std::nullopt;
    if (auto name = reader.text("name")) test.name = std::move(*name);
    if (!names_.insert(test.name).second)
      diagnostics_.error(value.where(), fmt::format("two tests are called '{}'", printable(test.name, 60)));
    test.duration = reader.duration("for");
    each(reader.value("in"), [&](const Value& item) { read_input(item, test); });
    each(reader.value("out"), [&](const Value& item) { read_output(item, test); });
    read_numbers(reader, "counters", test.counters);
    read_numbers(reader, "drops", test.drops);
    read_set(reader, test);
    const bool good = diagnostics_.errors() == errors_before;
    if (good && test.outputs.empty() && test.counters.empty() && test.drops.empty())
      diagnostics_.error(value.where(), fmt::format("test '{}' expects nothing", printable(test.name, 60)),
                         "say what with out, counters or drops");
    if (diagnostics_.errors() > errors_before) return std::nullopt;
    return test;
  }

 private:
  /// A table, or a list of tables.
  template <class Function>
  static void each(const Value* value, Function function) {
    if (value == nullptr) return;
    if (const auto* list = value->get_if<Value::List>())
      for (const Value& item : *list) function(item);
    else
      function(*value);
  }

  std::string read_port(const TableReader& reader, const Value& value, std::string_view owner) {
    const auto port = reader.text("port");
    if (!port) {
      if (reader.value("port") == nullptr)
        diagnostics_.error(value.where(), fmt::format("{} needs a port", owner));
      return {};
    }
    if (std::ranges::find(ports_, *port) == ports_.end())
      diagnostics_.error(reader.value("port")->where(),
                         fmt::format("there is no port '{}'", printable(*port, 60)),
                         nearest_or_list(*port, "ports", ports_));
    return *port;
  }

  std::optional<TestPackets> read_packets(const TableReader& reader, const Value& value,
                                          std::string_view owner) {
    if (reader.value("pcap") != nullptr && reader.value("packets") != nullptr)
      diagnostics_.error(value.where(), fmt::format("{} has both packets and pcap", owner),
                         "give one of them");
    TestPackets packets;
    if (auto pcap = reader.text("pcap")) {
      packets.pcap = std::move(*pcap);
      return packets;
    }
    if (reader.value("packets") == nullptr) return std::nullopt;
    for (const Value& item : reader.list("packets", "a list of frames in hexadecimal")) {
      const auto* text = item.get_if<std::string>();
      if (text == nullptr) {
        reader.wrong("packets", item, "frames in hexadecimal");
        continue;
      }
      if (auto frame = parse_frame(*text))
        packets.frames.push_back(std::move(*frame));
      else
        diagnostics_.error(item.where(), "this is no frame: " + frame.error().text);
    }
    return packets;
  }

  void read_input(const Value& value, TestCase& test) {
    const std::size_t errors_before = diagnostics_.errors();
    const TableReader reader(value, "'in' of a test", names_of(test_input_keys()), diagnostics_);
    if (!reader.good()) return;
    TestInput input;
    input.where = value.where();
    input.port = read_port(reader, value, "'in' of a test");
    if (std::ranges::any_of(test.inputs, [&](const TestInput& other) { return other.port == input.port; }))
      diagnostics_.error(value.where(), fmt::format("two 'in' for port '{}'", printable(input.port, 60)));
    auto packets = read_packets(reader, value, "'in' of a test");
    if (packets)
      input.packets = std::move(*packets);
    else if (reader.value("packets") == nullptr && diagnostics_.errors() == errors_before)
      diagnostics_.error(value.where(), "'in' of a test needs packets or pcap",
                         "packets = [\"0200 0000 0001 ...\"], or pcap = \"in.pcap\"");
    for (const Value& item : reader.list("at", "a list of durations"))
      if (auto time = reader.as_duration("at", item)) input.at.push_back(time->ns);
    if (auto interval = reader.duration("interval")) input.interval = interval->ns;
    if (!std::ranges::is_sorted(input.at))
      diagnostics_.error(reader.value("at")->where(), "the times in 'at' must not go back");
    if (!input.at.empty() && input.packets.pcap.empty() && input.at.size() != input.packets.frames.size())
      diagnostics_.error(
          reader.value("at")->where(),
          fmt::format("'at' has {} times for {} packets", input.at.size(), input.packets.frames.size()));
    test.inputs.push_back(std::move(input));
  }

  void read_output(const Value& value, TestCase& test) {
    const std::size_t errors_before = diagnostics_.errors();
    const TableReader reader(value, "'out' of a test", names_of(test_output_keys()), diagnostics_);
    if (!reader.good()) return;
    TestOutput output;
    output.where = value.where();
    output.port = read_port(reader, value, "'out' of a test");
    output.packets = read_packets(reader, value, "'out' of a test");
    output.count = reader.number("count");
    if (auto match = reader.text("match")) {
      output.match_text = *match;
      if (auto filter = PacketFilter::compile(*match))
        output.match = std::make_shared<PacketFilter>(std::move(*filter));
      else
        diagnostics_.error(reader.value("match")->where(), "the expression is wrong: " + filter.error().text);
    }
    for (const Value& item : reader.list("ignore", "a list of fields")) read_ignored(reader, item, output);
    if (!output.packets && reader.value("packets") == nullptr && !output.count &&
        reader.value("match") == nullptr && diagnostics_.errors() == errors_before)
      diagnostics_.error(value.where(), "'out' of a test needs packets, pcap, count or match");
    test.outputs.push_back(std::move(output));
  }

  void read_ignored(const TableReader& reader, const Value& item, TestOutput& output) {
    const auto* name = item.get_if<std::string>();
    if (name == nullptr) return reader.wrong("ignore", item, "names of fields");
    if (const HeaderField* field = find_field(*name))
      output.ignore.push_back(field);
    else
      diagnostics_.error(item.where(), fmt::format("unknown field '{}'", printable(*name, 60)),
                         did_you_mean(*name, field_names()));
  }

  void read_numbers(const TableReader& reader, std::string_view key, std::vector<TestNumber>& numbers) {
    const Value* value = reader.value(key);
    if (value == nullptr) return;
    const auto* table = value->get_if<Value::Table>();
    if (table == nullptr) return reader.wrong(key, *value, "a table of names and numbers");
    for (const auto& entry : *table) {
      if (entry.key.find('.') == std::string::npos)
        diagnostics_.error(entry.where, fmt::format("'{}' is no name of a number", printable(entry.key, 60)),
                           "write \"element.name\", in quotes");
      else if (auto number = reader.as_number(entry.key, entry.value))
        numbers.push_back({entry.key, *number, entry.where});
    }
  }

  void read_set(const TableReader& reader, TestCase& test) {
    const Value* value = reader.value("set");
    if (value == nullptr) return;
    const auto* table = value->get_if<Value::Table>();
    if (table == nullptr) return reader.wrong("set", *value, "a table of parameters");
    for (const auto& entry : *table) {
      const auto* text = entry.value.get_if<std::string>();
      test.set.emplace_back(entry.key, text != nullptr ? *text : entry.value.toml());
    }
  }

  Diagnostics& diagnostics_;
  std::vector<std::string> ports_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<TestCase> parse_tests(const PipelineFile& file, Diagnostics& diagnostics) {
  std::vector<TestCase> tests;
  const Value::Entry* entry = find(file.root, "test");
  if (entry == nullptr) return tests;
  const auto* list = entry->value.get_if<Value::List>();
  if (list == nullptr) {
    diagnostics.error(entry->where, "a test is written as [[test]]", "with two brackets on each side");
    return tests;
  }
  TestReader reader(file, diagnostics);
  std::size_t number = 0;
  for (const Value& value : *list)
    if (auto test = reader.read(value, ++number)) tests.push_back(std::move(*test));
  return tests;
}

}  // namespace ixyflow::tools
