#include "core/base/text/suggestion.hpp"

#include <utility>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

std::string with_suggestion(std::string text, std::string_view word,
                            const std::vector<std::string>& candidates) {
  return with_hint(std::move(text), did_you_mean(word, candidates));
}

}  // namespace ixyflow
