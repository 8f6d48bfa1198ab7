#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/entries.hpp"
#include "core/element/port_index.hpp"
#include "core/element/resource.hpp"
#include "core/net/addresses.hpp"

namespace ixyflow::elements {

/// Where packets to a prefix go.
struct Ipv4Route {
  Ipv4Prefix prefix;
  PortIndex output = 0;
};

/// One version of a table, for look-ups: the whole address space cut into ranges of one answer each, at most
/// two per route and one more, and an index of the first bits of an address, so that hardly more than a step
/// of a search is left to do, with no branch that depends on the address. At most 14 bytes per range.
class Ipv4Ranges {
 public:
  /// What `find` gives for an address without a route. No output has this number.
  static constexpr PortIndex kNoRoute = 0xffff;

  /// `routes` sorted by address, of equal addresses the shorter prefix first; no prefix twice.
  explicit Ipv4Ranges(const std::vector<Ipv4Route>& routes);

  /// The output of the longest prefix that `address` is of, or kNoRoute.
  [[nodiscard]] PortIndex find(Ipv4Address address) const noexcept {
    const std::uint32_t wanted = number_of(address);
    const std::uint32_t* const slot = index_.data() + (wanted >> shift_);
    const std::uint32_t* range = starts_.data() + slot[0];
    for (std::size_t left = slot[1] - slot[0] + 1; left > 1;) {
      const std::size_t half = left / 2;
      range += range[half] <= wanted ? half : 0;
      left -= half;
    }
    return outputs_[static_cast<std::size_t>(range - starts_.data())];
  }

  [[nodiscard]] std::size_t ranges() const noexcept { return starts_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return starts_.size() * (sizeof(std::uint32_t) + sizeof(PortIndex)) +
           index_.size() * sizeof(std::uint32_t);
  }

  [[nodiscard]] static std::uint32_t number_of(Ipv4Address address) noexcept {
    const auto& bytes = address.bytes;
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           bytes[3];
  }

 private:
  void begin(std::uint32_t start, PortIndex output);
  void make_index();

  std::vector<std::uint32_t> starts_;  ///< first address of each range; the first one is 0
  std::vector<PortIndex> outputs_;
  /// By the first bits of an address: the range in which the addresses with these bits begin. The next place
  /// says the last one that they can be in.
  std::vector<std::uint32_t> index_;
  unsigned shift_ = 0;  ///< to have the first bits
};

/// Routes of IPv4 prefixes to outputs, the longest prefix wins. A published resource: any number of
/// elements on any cores look up in it while the control thread changes it.
class IPv4Table final : public Resource {
 public:
  static constexpr std::size_t kMaxRoutes = 65'536;

  static void describe(ResourceSpecOf<IPv4Table>& spec);

  void configure(ResourceConfiguration& configuration) override;
  Result<void> add(std::string_view entry) override;
  Result<void> remove(std::string_view entry) override;
  [[nodiscard]] std::vector<std::string> entries() const override;

  /// For an element that uses the table and has `outputs` outputs: no entry to another one is added any more.
  /// Control thread.
  void limit_outputs(PortIndex outputs) noexcept { wired_.limit_to(outputs); }

  /// The version of now. Once per batch.
  [[nodiscard]] const Ipv4Ranges& read() const noexcept { return versions_.read(); }
  /// Sorted by prefix. Control thread.
  [[nodiscard]] const std::vector<Ipv4Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Ipv4Route>::iterator place_of(const Ipv4Prefix& prefix);
  Result<void> insert(std::string_view entry);
  void publish();
  void publish_instead_of(std::vector<Ipv4Route>& before);

  std::vector<std::string> written_;  ///< as in the file
  std::vector<Ipv4Route> routes_;
  WiredOutputs wired_;
  Versioned<Ipv4Ranges> versions_;
};

/// "10.0.0.0/8 2"
[[nodiscard]] std::string show(const Ipv4Route& route);

}  // namespace ixyflow::elements
