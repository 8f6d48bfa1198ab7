#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/values/value.hpp"
#include "core/element/element.hpp"
#include "core/net/fields.hpp"

namespace ixyflow::elements {

/// One entry of a `set` or `add` table, checked.
struct FieldEdit {
  const HeaderField* field = nullptr;
  SourceRange where;                ///< of its name in the file
  bool adds = false;                ///< adds `amount`; otherwise the field becomes `value`
  std::int64_t amount = 0;          ///< within plus and minus the greatest value of the field
  std::vector<std::uint8_t> value;  ///< big-endian, right-aligned
};

/// The entries of both tables; a dotted key without quotes (ip.ttl, a table in a table for TOML) is as good
/// as one with. Unknown fields, fields that follow from the packet (checksums and lengths), values that do
/// not fit, two edits of the same bits, and fields that no packet has together are reported.
std::vector<FieldEdit> read_field_edits(const Value& set, const Value& add, Configuration& configuration);

/// Whether the parser may find other layers after the field was changed.
bool moves_layers(const HeaderField& field) noexcept;

/// Names of the fields that can be edited, for the documentation: "eth.dst, eth.src, …".
std::string editable_fields();

}  // namespace ixyflow::elements
