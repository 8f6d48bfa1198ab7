// What relative paths count from: the folder of the file where the file says them, else the working folder.

#include <catch2/catch.hpp>

#include "tests/config/config_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// Parameter `key` of the only port, after a file called `path` with this text was read.
std::string port_parameter(const std::string& path, const std::string& text, const char* key,
                           const LoadOptions& options = {}) {
  Diagnostics diagnostics(path, text);
  const auto file = parse_pipeline(path, text, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(file.has_value());
  const auto pipeline = build_pipeline(*file, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(pipeline.has_value());
  const Value::Entry* entry = find(pipeline->ports.front().parameters, key);
  return entry != nullptr ? *entry->value.get_if<std::string>() : "";
}

std::string reading(const std::string& path, const std::string& params = {}) {
  return params + "[ports.wan]\ndriver = \"pcap\"\nread = \"" + path +
         "\"\n[graph]\npaths = [\"wan -> Discard\"]\n";
}

}  // namespace

TEST_CASE("a path in a file counts from the folder of the file") {
  CHECK(port_parameter("lab/a.toml", reading("in.pcap"), "read") == "lab/in.pcap");
  CHECK(port_parameter("../lab/a.toml", reading("../in.pcap"), "read") == "../lab/../in.pcap");
  CHECK(port_parameter("/lab/a.toml", reading("in.pcap"), "read") == "/lab/in.pcap");
  CHECK(port_parameter("a.toml", reading("in.pcap"), "read") == "in.pcap");
  CHECK(port_parameter("lab/a.toml", reading("/data/in.pcap"), "read") == "/data/in.pcap");
  CHECK(port_parameter("lab/a.toml", reading("-"), "read") == "-");
}

TEST_CASE("so does one in [params], unless --set gives where it begins") {
  const std::string whole = reading("${capture}", "[params]\ncapture = \"in.pcap\"\n");
  CHECK(port_parameter("lab/a.toml", whole, "read") == "lab/in.pcap");
  CHECK(port_parameter("lab/a.toml", whole, "read", {.set = {{"capture", "my.pcap"}}}) == "my.pcap");

  const std::string folder = reading("${folder}/in.pcap", "[params]\nfolder = \"data\"\n");
  CHECK(port_parameter("lab/a.toml", folder, "read") == "lab/data/in.pcap");
  CHECK(port_parameter("lab/a.toml", folder, "read", {.set = {{"folder", "mine"}}}) == "mine/in.pcap");

  const std::string name = reading("data/${name}.pcap", "[params]\nname = \"in\"\n");
  CHECK(port_parameter("lab/a.toml", name, "read", {.set = {{"name", "other"}}}) == "lab/data/other.pcap");

  const std::string nothing = reading("${prefix}in.pcap", "[params]\nprefix = \"\"\n");
  CHECK(port_parameter("lab/a.toml", nothing, "read", {.set = {{"prefix", ""}}}) == "lab/in.pcap");
}

TEST_CASE("what a test of the file sets counts from its folder, too") {
  const std::string whole = reading("${capture}", "[params]\ncapture = \"in.pcap\"\n");
  CHECK(port_parameter("lab/a.toml", whole, "read", {.set_by_file = {{"capture", "my.pcap"}}}) ==
        "lab/my.pcap");
}

TEST_CASE("a swap counts from the working folder") {
  CHECK(port_parameter("lab/a.toml", reading("in.pcap"), "read",
                       {.swaps = {{.port = "wan", .text = "pcap:my.pcap", .make = {}}}}) == "my.pcap");
}

TEST_CASE("the path of a socket counts likewise, behind what says that there is one") {
  const auto device = [](const char* text, const char* params = "") {
    return std::string(params) + "[ports.nic]\ndriver = \"ixgbe\"\ndevice = \"" + text +
           "\"\n[graph]\npaths = [\"nic -> Discard\"]\n";
  };
  CHECK(port_parameter("lab/a.toml", device("0000:03:00.0"), "device") == "0000:03:00.0");
  CHECK(port_parameter("lab/a.toml", device("vfio-user:card.sock"), "device") == "vfio-user:lab/card.sock");
  const char* socket = "[params]\nsocket = \"card.sock\"\n";
  CHECK(port_parameter("lab/a.toml", device("vfio-user:${socket}", socket), "device",
                       {.set = {{"socket", "my.sock"}}}) == "vfio-user:my.sock");
  CHECK(port_parameter("lab/a.toml", device("vfio-user:${socket}", socket), "device") ==
        "vfio-user:lab/card.sock");
}

TEST_CASE("plugins are looked for beside the file") {
  Diagnostics diagnostics;
  const auto file =
      parse_pipeline("lab/a.toml", "[pipeline]\nplugins = [\"no.so\", \"/no.so\"]\n", diagnostics);
  REQUIRE(file.has_value());
  CHECK_FALSE(build_pipeline(*file, {.plugins = {"my.so"}}, diagnostics).has_value());
  CHECK_THAT(diagnostics.render(), Catch::Contains("plugin 'lab/no.so'") &&
                                       Catch::Contains("plugin '/no.so'") &&
                                       Catch::Contains("plugin 'my.so'"));
}
