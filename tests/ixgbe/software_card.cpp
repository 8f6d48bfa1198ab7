#include "tests/ixgbe/software_card.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace ixyflow::test {

SoftwareCard::SoftwareCard(const std::string& wire) {
  model::ModelOptions options;
  options.ports.push_back({folder_ / "card.sock", wire, {}});
  auto made = model::Model::create(options);
  if (!made) throw std::runtime_error(made.error().text);
  model_ = std::move(*made);
  thread_ = std::jthread([this](const std::stop_token& stop) { model_->run(stop); });
}

SoftwareCard::~SoftwareCard() {
  thread_ = {};
  model_.reset();
}

std::string SoftwareCard::device() const {
  return "vfio-user:" + folder_ / "card.sock";
}

void SoftwareCard::command(const std::string& text) {
  if (const auto done = model_->command("0 " + text); !done) throw std::runtime_error(done.error().text);
}

std::size_t times(std::size_t few, std::size_t many) {
  const char* wish = std::getenv("IXYFLOW_ENDURANCE");
  if (wish == nullptr) return few;
  return std::string_view(wish) == "full" ? many : std::stoul(wish);
}

}  // namespace ixyflow::test
