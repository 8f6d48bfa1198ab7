#include "tools/ixgbe-model/card/registers/register_file.hpp"

#include <numeric>

namespace ixyflow::model {

namespace {
constexpr std::size_t kRegisters = reg::kRegisterBytes / 4;
}

RegisterFile::RegisterFile(std::span<std::byte> bytes)
    : words_(reinterpret_cast<std::uint32_t*>(bytes.data())),
      rules_(1),
      rule_at_(kRegisters, 0),
      real_(kRegisters) {
  std::iota(real_.begin(), real_.end(), 0U);
}

void RegisterFile::declare(reg::Range range, const Rule& rule) {
  rules_.push_back(rule);
  for (std::uint32_t i = 0; i < range.count; ++i)
    rule_at_[range.at(i) / 4] = static_cast<std::uint16_t>(rules_.size() - 1);
}

void RegisterFile::plain(reg::Range range, std::uint32_t reset, std::uint32_t writable) {
  declare(range, {.owner = nullptr, .reset = reset, .writable = writable});
}

void RegisterFile::owned(reg::Range range, RegisterOwner& owner, std::uint32_t reset) {
  declare(range, {.owner = &owner, .reset = reset, .writable = ~0U});
}

void RegisterFile::alias(reg::Range range, reg::Range of) {
  for (std::uint32_t i = 0; i < range.count; ++i) real_[range.at(i) / 4] = of.at(i) / 4;
}

void RegisterFile::reset() noexcept {
  for (std::uint32_t i = 0; i < kRegisters; ++i) set(4 * i, rules_[rule_at_[i]].reset);
}

const RegisterFile::Rule* RegisterFile::rule_of(std::uint32_t& offset) noexcept {
  if (offset < reg::kRegisterBytes) {
    const std::uint32_t real = real_[offset / 4];
    if (rule_at_[real] != 0) {
      offset = 4 * real;
      return &rules_[rule_at_[real]];
    }
  }
  ++unknown_;
  last_unknown_ = offset;
  return nullptr;
}

std::uint32_t RegisterFile::read(std::uint32_t offset) noexcept {
  const Rule* const rule = rule_of(offset);
  if (rule == nullptr) return 0;
  return rule->owner != nullptr ? rule->owner->read_register(offset) : get(offset);
}

void RegisterFile::write(std::uint32_t offset, std::uint32_t value) noexcept {
  const Rule* const rule = rule_of(offset);
  if (rule == nullptr) return;
  if (rule->owner != nullptr)
    rule->owner->write_register(offset, value);
  else
    set(offset, (value & rule->writable) | (rule->reset & ~rule->writable));
}

}  // namespace ixyflow::model
