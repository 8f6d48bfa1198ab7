#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "tests/support/frames.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::test {

/// The wire that `text` describes, which must be one.
inline std::unique_ptr<model::Wire> wire(const std::string& text, model::Traffic& traffic) {
  auto made = model::make_wire(text, traffic);
  if (!made) throw std::runtime_error(made.error().text);
  return std::move(*made);
}

inline std::unique_ptr<model::Wire> wire(const std::string& text) {
  static model::Traffic traffic;
  return wire(text, traffic);
}

inline bool send(model::Wire& to, const Bytes& frame) {
  return to.send(std::as_bytes(std::span(frame)));
}

/// The next frame, taken; empty when there is none.
inline Bytes take(model::Wire& from) {
  const auto frame = from.peek();
  if (frame.empty()) return {};
  Bytes bytes(std::span(reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size()));
  from.consume();
  return bytes;
}

/// The error for a text that describes no wire; "made" for one that does.
inline std::string wire_error(const std::string& text) {
  model::Traffic traffic;
  const auto made = model::make_wire(text, traffic);
  return made ? "made" : made.error().text;
}

}  // namespace ixyflow::test
