#include <catch2/catch.hpp>

#include "tests/bus/sysfs_tree.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;

namespace {

constexpr const char* kIpv4 =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

/// A function with the interface enp3s0.
struct InUseRig {
  SysfsTree tree;
  SysfsTree::Function function{.driver = "ixgbe", .interface = "enp3s0"};

  InUseRig() { tree.add(function); }
  [[nodiscard]] std::string file(const std::string& name) const {
    return SysfsTree::interface(function) + "/" + name;
  }
  [[nodiscard]] std::string why() const { return why_in_use(function.address, tree.sources()); }
};

}  // namespace

TEST_CASE("An interface that is down and has nothing is not in use") {
  const InUseRig rig;
  CHECK(rig.why() == "");
  const auto interfaces = interfaces_of(rig.function.address, rig.tree.sources());
  REQUIRE(interfaces.size() == 1);
  CHECK(interfaces[0].name == "enp3s0");
  CHECK_FALSE(interfaces[0].in_use);
  CHECK(interfaces[0].reason == "is down");
}

TEST_CASE("An interface that is up is in use") {
  const InUseRig rig;
  rig.tree.write(rig.file("flags"), "0x1003\n");
  CHECK(rig.why() == "enp3s0 is up");
}

TEST_CASE("An interface that carries a route is in use, and the default route is named first") {
  const InUseRig rig;
  const std::string other = "eth9\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  const std::string net = "enp3s0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n";
  const std::string all = "enp3s0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  rig.tree.write("proc/net/route", kIpv4 + other);
  CHECK(rig.why() == "");
  rig.tree.write("proc/net/route", kIpv4 + other + net);
  CHECK(rig.why() == "enp3s0 carries the route to 10.0.0.0/8");
  rig.tree.write("proc/net/route", kIpv4 + net + all);
  CHECK(rig.why() == "enp3s0 carries the default route");
}

TEST_CASE("IPv6 routes count, but not those that every interface has") {
  const InUseRig rig;
  const auto line = [](const std::string& destination, const std::string& length, const std::string& flags) {
    const std::string zeros(32, '0');
    return destination + " " + length + " " + zeros + " 00 " + zeros + " 00000100 00000001 00000000 " +
           flags + "   enp3s0\n";
  };
  const std::string link_local = "fe800000000000000000000000000000";
  const std::string multicast = "ff000000000000000000000000000000";
  const std::string net = "20010db8000000000000000000000000";
  const std::string own = line(link_local, "40", "00000001") + line(multicast, "08", "00000001") +
                          line("fe800000000000005054000000000001", "80", "80200001");
  rig.tree.write("proc/net/ipv6_route", own);
  CHECK(rig.why() == "");
  rig.tree.write("proc/net/ipv6_route", own + line(net, "20", "00000001"));
  CHECK(rig.why() == "enp3s0 carries the route to 2001:db8::/32");
  rig.tree.write("proc/net/ipv6_route",
                 line(net, "20", "00000001") + line(std::string(32, '0'), "00", "00000003"));
  CHECK(rig.why() == "enp3s0 carries the default route");
  rig.tree.write("proc/net/ipv6_route", line(std::string(32, '0'), "00", "00200200"));
  CHECK(rig.why() == "");
}

TEST_CASE("A part of a bridge or bond, and what lies below another interface, are in use") {
  const InUseRig rig;
  rig.tree.link(rig.file("upper_enp3s0.100"), "class/net/enp3s0.100");
  CHECK(rig.why() == "enp3s0 is below enp3s0.100");
  rig.tree.link(rig.file("master"), "class/net/br0");
  CHECK(rig.why() == "enp3s0 is part of br0");
}

TEST_CASE("The interface of a virtio device stands one level deeper") {
  SysfsTree tree;
  const SysfsTree::Function function{.interface = "eth7", .virtio = true};
  tree.add(function);
  tree.write(SysfsTree::interface(function) + "/flags", "0x1003\n");
  CHECK(why_in_use(function.address, tree.sources()) == "eth7 is up");
}

TEST_CASE("The kernel is asked for addresses: the loopback interface has one") {
  SysfsTree tree;
  const SysfsTree::Function function{.interface = "lo"};
  tree.add(function);
  auto sources = tree.sources();
  sources.addresses = true;
  CHECK(why_in_use(function.address, sources).starts_with("lo has the address "));
}

TEST_CASE("A function without an interface, or with files of nonsense, is not in use") {
  SysfsTree tree;
  tree.add({});
  CHECK(why_in_use("0000:03:00.0", tree.sources()) == "");
  CHECK(why_in_use("0000:09:00.0", tree.sources()) == "");
  const InUseRig rig;
  rig.tree.write(rig.file("flags"), "what?\n");
  rig.tree.write("proc/net/route", "enp3s0 x y z\nenp3s0\n\n\xff\xfe");
  rig.tree.write("proc/net/ipv6_route", "zz zz\n");
  CHECK(rig.why() == "");
}
