#include "tests/fuzz/seed.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/config/keys/file_keys.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/net/fields.hpp"

namespace ixyflow::fuzz {

namespace {

using namespace test;

/// A whole pipeline around an element's example, in which `in` and `out` are there already.
std::string around(const std::string& example) {
  return "[ports.a]\ndriver = \"null\"\n\n[elements.in]\ntype = \"FromDevice\"\nport = \"a\"\n\n"
         "[elements.out]\ntype = \"ToDevice\"\nport = \"a\"\n\n" +
         example + "\n";
}

void words_of(const std::vector<ParameterSpec>& parameters, const Sink& word) {
  for (const ParameterSpec& parameter : parameters) {
    word(parameter.name);
    for (const std::string& choice : parameter.choices) word(choice);
  }
}

}  // namespace

std::vector<std::string> files(std::span<const std::string_view> folders, std::string_view end) {
  std::vector<std::filesystem::path> paths;
  for (const std::string_view folder : folders)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path() / folder))
      if (entry.is_regular_file() && entry.path().string().ends_with(end)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> contents;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return contents;
}

std::string without_comments(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty() && line.front() != '#') kept.append(line) += '\n';
  }
  return kept;
}

std::vector<std::string> pipelines() {
  constexpr std::string_view kFolders[] = {"pipelines", "tests/pipelines", "tests/plans"};
  std::vector<std::string> all = files(kFolders, ".toml");
  for (std::string& text : all) {
    text = without_comments(text);
    // Golden cases stand at the end, and are no part of the pipeline.
    text.resize(std::min(text.size(), text.find("[[test]]")));
  }
  for (const ElementSpec* spec : ElementRegistry::instance().all()) all.push_back(around(spec->example));
  return all;
}

std::vector<test::Bytes> frames() {
  std::vector<test::Bytes> all = {udp_frame(), tcp_frame(), udp6_frame(), vlan_udp_frame(), arp_frame()};
  all.push_back(ethernet({}, ipv4({.protocol = 1}, icmp_echo(1, 2, counting(30)))));
  all.push_back(ethernet({}, ipv4({.fragment = 0x2000, .options = from_hex("94040000")}, counting(24))));
  all.push_back(ethernet({.type = 0x88a8}, vlan(7, 0x8100, vlan(9, 0x0800, ipv4({}, udp({}, counting(9)))))));
  const test::Bytes chain =
      from_hex("3c00 000000000000 2b00 000000000000 2c00 000000000000 1100 000100000000");
  all.push_back(ethernet({.type = 0x86dd}, ipv6({.next_header = 0, .transport_checksum = false},
                                                join({chain, udp({}, counting(20))}))));
  if (const auto capture = read_capture(source_path() / "pipelines/captures/internet-4k.pcap", 40))
    for (const CapturedFrame& frame : capture->frames) all.push_back(frame.bytes);
  return all;
}

void pipeline_words(const Sink& word) {
  for (const char* sign :
       {"[",       "]",       "[[",          "]]",       "{",          "}",       " = ",      "\"",
        "\"\"\"",  "'''",     "\n",          ",",        ".",          "#",       "->",       "true",
        "false",   "0x",      "inf",         "nan",      "1979-05-27", "${",      "\\u00e9",  "[elements.",
        "[ports.", "[cores.", "[resources.", "[[test]]", "[params]",   "[graph]", "paths = ["})
    word(sign);
  for (const TopLevelKey& key : top_level_keys()) word(key.name);
  words_of(pipeline_keys(), word);
  words_of(core_keys(), word);
  words_of(ring_keys(), word);
  for (const ElementSpec* spec : ElementRegistry::instance().all()) {
    word(spec->name);
    words_of(spec->parameters, word);
    for (const ExitSpec& exit : spec->exits) word(exit.name);
  }
  for (const PortSpec* spec : PortRegistry::instance().all()) {
    word(spec->name);
    words_of(spec->parameters, word);
  }
  for (const ResourceSpec* spec : ResourceRegistry::instance().all()) {
    word(spec->name);
    words_of(spec->parameters, word);
  }
  for (const std::string& field : field_names()) word(field);
}

}  // namespace ixyflow::fuzz
