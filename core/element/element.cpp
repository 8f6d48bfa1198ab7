#include "core/element/element.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/net/flow/spread.hpp"

namespace ixyflow {
namespace {

std::string message(const Configuration& configuration, std::string_view parameter, std::string_view text) {
  return fmt::format("{}{} {}", configuration.owner, parameter.empty() ? "" : ":", text);
}

SourceRange place_of(const Configuration& configuration, std::string_view parameter) {
  const Value::Entry* entry = find(configuration.parameters, parameter);
  return entry != nullptr ? entry->value.where() : configuration.where;
}

}  // namespace

std::uint32_t Configuration::copy_of(std::uint32_t flow_hash) const noexcept {
  return spread(flow_hash, Spreader::copies, copies);
}

void Configuration::error(std::string_view parameter, std::string_view text, std::string hint) {
  diagnostics.error(place_of(*this, parameter), message(*this, parameter, text), std::move(hint));
}

void Configuration::warning(std::string_view parameter, std::string_view text, std::string hint) {
  diagnostics.warning(place_of(*this, parameter), message(*this, parameter, text), std::move(hint));
}

void Configuration::error_at(SourceRange place, std::string_view text, std::string hint) {
  diagnostics.error(place, fmt::format("{}: {}", owner, text), std::move(hint));
}

}  // namespace ixyflow
