#include "tests/config/config_support.hpp"

namespace ixyflow::test {
namespace {

LoadOptions swap(std::string port, std::string text) {
  LoadOptions options;
  options.swaps.push_back({std::move(port), std::move(text), {}});
  return options;
}

std::string shown(const Pipeline& pipeline) {
  std::string text;
  for (const Value::Entry& entry : pipeline.ports.front().parameters)
    text += entry.key + "=" + entry.value.show() + " ";
  return text;
}

std::string swapped(const std::string& text) {
  return shown(check_accepted(pipeline_with(""), swap("near", text)));
}

}  // namespace

TEST_CASE("a swap gives values in place or by name") {
  CHECK(swapped("probe") == "");
  CHECK(swapped("probe:in.pcap") == "read=\"in.pcap\" ");
  CHECK(swapped("probe:in.pcap,out.pcap") == "read=\"in.pcap\" write=\"out.pcap\" ");
  CHECK(swapped("probe:,out.pcap") == "write=\"out.pcap\" ");
  CHECK(swapped("probe:count=1000000") == "count=1000000 ");
  CHECK(swapped("probe:in.pcap,count=5,transmits=true") == "read=\"in.pcap\" count=5 transmits=true ");
  CHECK(swapped("probe:read=\"a,b.pcap\"") == "read=\"a,b.pcap\" ");
  CHECK(swapped("probe:./a=b.pcap") == "read=\"./a=b.pcap\" ");
}

TEST_CASE("the keys of a swapped port are not looked at") {
  std::string text = pipeline_with("");
  text.replace(text.find("driver = \"probe\""), 16, "driver = \"ixgbe_of_tomorrow\"\nnonsense = 1");
  check_accepted(text, swap("near", "probe"));
}

TEST_CASE("a swap that cannot be is refused") {
  const auto refused = [](std::string port, std::string text, const char* message) {
    check_refused(pipeline_with(""), message, swap(std::move(port), std::move(text)));
  };
  refused("naer", "probe", "did you mean 'near'?");
  refused("near", "prob", "did you mean 'probe'?");
  refused("near", "", "there is no driver ''");
  refused("near", "probe:a,b,c", "takes 2 values without a name");
  refused("near", "probe:cuont=1", "did you mean 'count'?");
  refused("near", "probe:zebra=1", "parameters: read, write, receives, ");
  refused("zebra", "probe", "ports: near, far");
  refused("near", "zebra", "drivers: ");
  refused("near", "af_packet", "interfaces of the kernel");
  refused("near", "probe:a,read=b", "given twice");
  refused("near", "probe:count=many", "--swap near=probe:count=many: 'count' takes an integer");
  refused("near", "probe:count=-1", "0 to 1000000000");
  LoadOptions twice = swap("near", "probe");
  twice.swaps.push_back(twice.swaps.front());
  check_refused(pipeline_with(""), "swapped twice", twice);
}

TEST_CASE("a swap can bring a port that is made already") {
  LoadOptions options;
  Port* made = nullptr;
  options.swaps.push_back({"near", "", [&] {
                             auto port = PortRegistry::instance().find("probe")->create();
                             made = port.get();
                             return port;
                           }});
  const Pipeline pipeline = check_accepted(pipeline_with(""), options);
  CHECK(pipeline.ports.front().port.get() == made);
  CHECK(pipeline.ports.front().spec != nullptr);
}

}  // namespace ixyflow::test
