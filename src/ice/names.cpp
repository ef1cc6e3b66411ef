#include "ice/types.h"

namespace godesk::ice {

std::string_view name(PairState state) {
  switch (state) {
    case PairState::waiting:
      return "waiting";
    case PairState::checking:
      return "checking";
    case PairState::valid:
      return "valid";
    case PairState::lost:
      return "lost";
    case PairState::failed:
      return "failed";
  }
  return "";
}

std::string_view name(DropReason reason) {
  switch (reason) {
    case DropReason::unknown_leg:
      return "unknown-leg";
    case DropReason::bad_integrity:
      return "bad-integrity";
    case DropReason::bad_username:
      return "bad-username";
    case DropReason::missing_attribute:
      return "missing-attribute";
    case DropReason::unknown_attribute:
      return "unknown-attribute";
    case DropReason::queue_full:
      return "queue-full";
    case DropReason::count:
      break;
  }
  return "";
}

}  // namespace godesk::ice
