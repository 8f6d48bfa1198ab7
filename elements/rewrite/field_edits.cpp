#include "elements/rewrite/field_edits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/net/addresses.hpp"

namespace ixyflow::elements {

/// Reads the tables of one Rewrite and reports what is wrong with them.
class FieldEditReader {
 public:
  explicit FieldEditReader(Configuration& configuration) noexcept : configuration_(configuration) {}

  void read_table(const char* parameter, const Value& table, bool adds) {
    if (table.get_if<std::monostate>() != nullptr) return;
    const Value::Table* entries = table.get_if<Value::Table>();
    if (entries == nullptr) {
      configuration_.error(parameter,
                           fmt::format("'{}' takes a table of fields, not {}", parameter, table.show()),
                           "{ \"ip.ttl\" = 64 }");
      return;
    }
    read_entries(*entries, "", adds);
  }

  std::vector<FieldEdit> take() {
    refuse_overlaps();
    refuse_impossible_pairs();
    return std::move(edits_);
  }

 private:
  static bool overlap(const HeaderField& a, const HeaderField& b) noexcept {
    return a.layer == b.layer && a.bit_offset < b.bit_offset + b.bits && b.bit_offset < a.bit_offset + a.bits;
  }

  void read_entries(const Value::Table& entries, const std::string& prefix, bool adds) {
    for (const Value::Entry& entry : entries) {
      const std::string name = prefix + entry.key;
      if (const Value::Table* inner = entry.value.get_if<Value::Table>())
        read_entries(*inner, name + ".", adds);
      else
        read_entry(name, entry, adds);
    }
  }

  void read_entry(const std::string& name, const Value::Entry& entry, bool adds) {
    const HeaderField* field = find_field(name);
    if (field == nullptr) {
      report_unknown(name, entry.where);
    } else if (field->derived) {
      configuration_.diagnostics.error(entry.where,
                                       fmt::format("'{}' cannot be set in {}", name, configuration_.owner),
                                       "lengths and checksums follow from the packet");
    } else if (adds && field->kind != FieldKind::integer) {
      configuration_.error_at(
          entry.where, fmt::format("'add' takes fields that are numbers, and '{}' is an address", name));
    } else if (auto edit = adds ? read_amount(*field, entry.value) : read_value(*field, entry.value)) {
      edit->field = field;
      edit->where = entry.where;
      edits_.push_back(std::move(*edit));
    }
  }

  void report_unknown(const std::string& name, SourceRange where) {
    std::string hint = did_you_mean(name, field_names());
    if (hint.empty()) hint = "fields are " + editable_fields();
    configuration_.diagnostics.error(
        where, fmt::format("unknown field '{}' in {}", printable(name, 60), configuration_.owner),
        std::move(hint));
  }

  std::optional<FieldEdit> read_value(const HeaderField& field, const Value& value) {
    std::optional<std::vector<std::uint8_t>> bytes;
    switch (field.kind) {
      case FieldKind::integer:
        if (const auto number = read<std::int64_t>(field, value, 0))
          bytes = big_endian(static_cast<std::uint64_t>(*number));
        break;
      case FieldKind::ether_address:
        bytes = read_address<EtherAddress>(field, value);
        break;
      case FieldKind::ipv4_address:
        bytes = read_address<Ipv4Address>(field, value);
        break;
      case FieldKind::ipv6_address:
        bytes = read_address<Ipv6Address>(field, value);
        break;
    }
    if (!bytes) return std::nullopt;
    FieldEdit edit;
    edit.value = std::move(*bytes);
    return edit;
  }

  std::optional<FieldEdit> read_amount(const HeaderField& field, const Value& value) {
    const auto amount = read<std::int64_t>(field, value, -greatest(field));
    if (!amount) return std::nullopt;
    FieldEdit edit;
    edit.adds = true;
    edit.amount = *amount;
    return edit;
  }

  template <class Address>
  std::optional<std::vector<std::uint8_t>> read_address(const HeaderField& field, const Value& value) {
    const auto address = read<Address>(field, value, std::nullopt);
    if (!address) return std::nullopt;
    return std::vector<std::uint8_t>(address->bytes.begin(), address->bytes.end());
  }

  /// A value as any parameter is read, so that the messages are those of parameters.
  template <class T>
  std::optional<T> read(const HeaderField& field, const Value& value, std::optional<std::int64_t> minimum) {
    ParameterSpec spec;
    spec.name = field.name;
    spec.type = ParameterType<T>::kName;
    spec.shape = ParameterType<T>::kShape;
    if (minimum) {
      spec.minimum = minimum;
      spec.maximum = greatest(field);
    }
    return ParameterType<T>::parse(value, spec, configuration_.diagnostics);
  }

  static std::int64_t greatest(const HeaderField& field) noexcept {
    return (std::int64_t{1} << field.bits) - 1;
  }

  static std::vector<std::uint8_t> big_endian(std::uint64_t number) {
    std::vector<std::uint8_t> bytes(sizeof number);
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, number >>= 8)
      *byte = static_cast<std::uint8_t>(number);
    return bytes;
  }

  void refuse_overlaps() {
    for (std::size_t i = 1; i < edits_.size(); ++i) {
      const HeaderField& field = *edits_[i].field;
      const auto end = edits_.begin() + static_cast<std::ptrdiff_t>(i);
      const auto other = std::find_if(edits_.begin(), end,
                                      [&](const FieldEdit& edit) { return overlap(*edit.field, field); });
      if (other == end) continue;
      configuration_.error_at(edits_[i].where, other->field == &field
                                                   ? fmt::format("'{}' is changed twice", field.name)
                                                   : fmt::format("'{}' and '{}' change the same bits",
                                                                 field.name, other->field->name));
    }
  }

  void refuse_impossible_pairs() {
    refuse_pair(FieldLayer::ip, FieldLayer::ip6);
    refuse_pair(FieldLayer::tcp, FieldLayer::udp);
  }

  void refuse_pair(FieldLayer a, FieldLayer b) {
    const FieldEdit* first = first_of(a);
    const FieldEdit* second = first_of(b);
    if (first == nullptr || second == nullptr) return;
    configuration_.error_at(
        second->where,
        fmt::format("no packet has both '{}' and '{}'", first->field->name, second->field->name),
        "a Rewrite changes packets that have all of its fields: use two");
  }

  const FieldEdit* first_of(FieldLayer layer) const noexcept {
    const auto edit =
        std::ranges::find_if(edits_, [&](const FieldEdit& e) { return e.field->layer == layer; });
    return edit == edits_.end() ? nullptr : &*edit;
  }

  Configuration& configuration_;
  std::vector<FieldEdit> edits_;
};

std::vector<FieldEdit> read_field_edits(const Value& set, const Value& add, Configuration& configuration) {
  FieldEditReader reader(configuration);
  reader.read_table("set", set, false);
  reader.read_table("add", add, true);
  return reader.take();
}

bool moves_layers(const HeaderField& field) noexcept {
  constexpr std::string_view kNames[] = {"eth.type", "vlan.type", "ip.proto", "ip.frag", "ip6.next"};
  return std::ranges::find(kNames, field.name) != std::end(kNames);
}

std::string editable_fields() {
  std::string names;
  for (const HeaderField& field : header_fields())
    if (!field.derived) names += (names.empty() ? "" : ", ") + std::string(field.name);
  return names;
}

}  // namespace ixyflow::elements
