#include "core/base/text/suggestion.hpp"

#include "core/base/diagnostics.hpp"

namespace ixyflow {

std::string with_suggestion(std::string text, std::string_view word,
                            const std::vector<std::string>& candidates) {
  if (const std::string meant = did_you_mean(word, candidates); !meant.empty()) text += "; " + meant;
  return text;
}

}  // namespace ixyflow
