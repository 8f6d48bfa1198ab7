#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/element/packet_element.hpp"
#include "core/packet/layers.hpp"
#include "elements/classify/byte_pattern.hpp"

namespace ixyflow::elements {

class Classifier final : public PacketElement<Classifier> {
  enum : PortIndex { kNoMatch = kFirstDrop };

 public:
  static void describe(Spec<Classifier>& spec) {
    spec.doc(
            "Sends each packet to the output of the first pattern that its bytes match. A pattern is "
            "OFFSET/VALUE, as in \"12/0800\", with a mask \"33/02%12\" or with ? for any digit \"30/0a??\"; "
            "several of them, with blanks between, must all hold; ! turns one round; \"-\" matches "
            "everything. Offsets count from the Ethernet header, in bytes, and see VLAN tags where they "
            "are: patterns are about bytes, Filter is about meaning. A pattern that reaches behind the end "
            "of the packet does not match. A list makes outputs 0, 1, 2; a table makes outputs with names.")
        .example(R"([elements.kind]
type = "Classifier"
patterns = { arp = "12/0806", ip = "12/0800", other = "-" }

[graph]
paths = ["in -> kind", "kind[ip] -> out", "kind[arp] -> Discard", "kind[other] -> Discard"])")
        .outputs_by("patterns")
        .filter(kNoMatch, "no_match", "no pattern matches")
        .keeps_length();
    spec.param("patterns", &Classifier::given_, "the patterns, in the order in which they are tried")
        .required(R"(["12/0800", "-"])")
        .type_name("list or table of patterns");
  }

  void configure(Configuration& configuration) override {
    patterns_.clear();
    if (const auto* list = given_.get_if<Value::List>()) {
      for (const Value& item : *list) add(item, configuration);
    } else if (const auto* table = given_.get_if<Value::Table>()) {
      for (const Value::Entry& entry : *table) add(entry.value, configuration);
    } else {
      configuration.error(
          "patterns", fmt::format("'patterns' takes a list or a table of patterns, not {}", given_.show()));
      return;
    }
    if (configuration.outputs == 0) configuration.error("patterns", "'patterns' needs at least one pattern");
    warn_of_unreachable(configuration);
  }

  PortIndex handle(Packet& packet) noexcept {
    const std::span<const std::uint8_t> frame = bytes_of(packet);
    for (std::size_t i = 0; i < patterns_.size(); ++i)
      if (patterns_[i].matches(frame)) return static_cast<PortIndex>(i);
    return kNoMatch;
  }

 private:
  void add(const Value& item, Configuration& configuration) {
    const auto* text = item.get_if<std::string>();
    if (text == nullptr)
      return configuration.error_at(item.where(),
                                    fmt::format("a pattern is a text like \"12/0800\", not {}", item.show()));
    auto pattern = BytePattern::parse(*text);
    if (pattern)
      patterns_.push_back(std::move(*pattern));
    else
      configuration.error_at(item.where(), fmt::format("wrong pattern: {}", pattern.error()));
  }

  void warn_of_unreachable(Configuration& configuration) const {
    for (std::size_t i = 0; i + 1 < patterns_.size(); ++i)
      if (patterns_[i].matches_everything())
        return configuration.warning("patterns",
                                     "nothing reaches the patterns behind '-', which matches everything");
  }

  Value given_;
  std::vector<BytePattern> patterns_;
};

IXYFLOW_ELEMENT(Classifier);

}  // namespace ixyflow::elements
