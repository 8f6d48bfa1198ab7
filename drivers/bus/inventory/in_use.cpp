#include "drivers/bus/inventory/in_use.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

/// A route of an interface: "" for none, "default" for the default route, else its destination.
using Route = std::string;

std::optional<std::uint32_t> hexadecimal(std::string_view text) {
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The most telling of two routes.
void keep(Route& best, Route found) {
  if (best.empty() || found == "default") best = std::move(found);
}

/// Destinations in /proc/net/route: interface, destination, gateway, flags, RefCnt, Use, Metric, mask, ...;
/// addresses as numbers in the byte order of the host.
Route ipv4_route(const std::string& procfs, std::string_view interface) {
  Route best;
  std::ifstream file(procfs + "/net/route");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::array<std::string, 8> field;
    for (auto& word : field) words >> word;
    const auto destination = hexadecimal(field[1]);
    const auto flags = hexadecimal(field[3]);
    const auto mask = hexadecimal(field[7]);
    if (field[0] != interface || !destination || !flags || !mask || (*flags & RTF_UP) == 0) continue;
    if (*mask == 0) return "default";
    const in_addr address{*destination};
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address, text.data(), text.size());
    keep(best, fmt::format("{}/{}", text.data(), __builtin_popcount(*mask)));
  }
  return best;
}

/// Whether every interface that is up has such a route by itself: link-local and multicast.
bool comes_by_itself(std::string_view destination) {
  return destination.starts_with("fe8") || destination.starts_with("ff");
}

/// Destinations in /proc/net/ipv6_route: destination, prefix length, source, its length, next hop, metric,
/// RefCnt, Use, flags, interface; all in hexadecimal.
Route ipv6_route(const std::string& procfs, std::string_view interface) {
  constexpr std::uint32_t kReject = RTF_REJECT;
  constexpr std::uint32_t kLocal = 0x80000000;  // RTF_LOCAL: an address of the interface itself
  Route best;
  std::ifstream file(procfs + "/net/ipv6_route");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::array<std::string, 10> field;
    for (auto& word : field) words >> word;
    const auto length = hexadecimal(field[1]);
    const auto flags = hexadecimal(field[8]);
    if (field[9] != interface || !length || !flags || field[0].size() != 32) continue;
    if ((*flags & (kReject | kLocal)) != 0 || comes_by_itself(field[0])) continue;
    if (*length == 0) return "default";
    in6_addr address{};
    for (std::size_t i = 0; i < 16; ++i)
      address.s6_addr[i] =
          static_cast<std::uint8_t>(hexadecimal(std::string_view(field[0]).substr(2 * i, 2)).value_or(0));
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
    keep(best, fmt::format("{}/{}", text.data(), *length));
  }
  return best;
}

/// An address of the interface, or "".
std::string address_of(const std::string& interface) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return "";
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || interface != entry->ifa_name) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (entry->ifa_addr->sa_family == AF_INET)
      ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text.data(),
                  text.size());
    else if (entry->ifa_addr->sa_family == AF_INET6)
      ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr, text.data(),
                  text.size());
    if (text[0] != '\0') return text.data();
  }
  return "";
}

/// What the kernel does with an interface, the most telling first; "" for nothing.
std::string use_of(const std::string& folder, const std::string& name, const NetworkSources& sources) {
  const Route route = ipv4_route(sources.procfs, name);
  const Route route6 = ipv6_route(sources.procfs, name);
  if (route == "default" || route6 == "default") return "carries the default route";
  if (const std::string master = link_name(folder + "/master"); !master.empty())
    return "is part of " + master;
  for (const std::string& entry : names_in(folder))
    if (entry.starts_with("upper_")) return "is below " + entry.substr(6);
  if (!route.empty() || !route6.empty()) return "carries the route to " + (route.empty() ? route6 : route);
  if (sources.addresses)
    if (const std::string address = address_of(name); !address.empty()) return "has the address " + address;
  return (read_number(folder + "/flags").value_or(0) & IFF_UP) != 0 ? "is up" : "";
}

}  // namespace

std::vector<InterfaceUse> interfaces_of(std::string_view address, const NetworkSources& sources) {
  const std::string function = pci_folder(sources.sysfs, address);
  // The interfaces of virtio stand one level deeper, below the virtio device.
  std::vector<std::string> folders{function + "/net"};
  for (const std::string& entry : names_in(function))
    if (entry.starts_with("virtio")) folders.push_back(function + "/" + entry + "/net");
  std::vector<InterfaceUse> result;
  for (const std::string& folder : folders) {
    for (const std::string& name : names_in(folder)) {
      const std::string reason = use_of(folder + "/" + name, name, sources);
      result.push_back({.name = name,
                        .folder = folder + "/" + name,
                        .in_use = !reason.empty(),
                        .reason = reason.empty() ? "is down" : reason});
    }
  }
  return result;
}

std::string why_in_use(std::string_view address, const NetworkSources& sources) {
  const auto interfaces = interfaces_of(address, sources);
  const auto used = std::ranges::find(interfaces, true, &InterfaceUse::in_use);
  return used == interfaces.end() ? "" : used->name + " " + used->reason;
}

}  // namespace ixyflow::drivers
