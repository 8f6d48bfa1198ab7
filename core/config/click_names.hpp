#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ixyflow {

/// Elements of Click and what does their work here: one line of the table in elements/README.md, which a test
/// compares with this.
struct ClickNames {
  std::string_view click;    ///< names, separated by commas: "ToDevice, ToDPDKDevice, ToDump"
  std::string_view here;     ///< "ToDevice"
  std::string_view differs;  ///< what differs; may be empty
};
std::span<const ClickNames> click_names();

/// What to say to who writes `type`, which is no element type here, when Click or FastClick has it: "Click's
/// IPClassifier is Filter here: ...". "" when they have not.
std::string click_hint(std::string_view type);

}  // namespace ixyflow
