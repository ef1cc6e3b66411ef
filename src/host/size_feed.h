// Whose window decides the size of this screen: the first viewer who asked and may, until it leaves.
//
//   1. want(): a viewer's wish, or that it has none any more. The newest wish of a viewer counts.
//   2. work(): the first viewer's wish is given to the sizer, at most once in `pace`; everybody who wants
//      something is told its place in that when it changes.
//   3. When the first one leaves, the next one decides; when nobody is left, the screen becomes what it was.
//      Who has no path for `patience` counts as gone, and has its old place again when it is back.
//
// It asks for the permission at each effect. It never changes the screen for somebody who did not ask.
#pragma once

#include <optional>
#include <vector>

#include "host/screen_sizer.h"
#include "session/session.h"

namespace godesk::host {

struct SizeConfig {
  Duration pace = 250ms;     // between two changes
  Duration patience = 5s;    // without a path
  bool for_viewers = false;  // nobody else looks at this screen: whoever may type may change its size, too
};

class SizeFeed {
 public:
  /// `sizer` must outlive the feed; none: the screen keeps its size, and everybody is told so.
  SizeFeed(SizeConfig config, ScreenSizer* sizer) : config_(config), sizer_(sizer) {}

  void want(session::Session& viewer, const session::SizeWanted& size);
  void remove(session::Session& viewer);
  void set_pathless(Time now, const session::Session& viewer, bool pathless);
  /// Does what is due. To be called after anything that happened.
  void work(Time now);
  Time next_deadline() const { return next_; }

 private:
  struct Wish {
    session::Session* viewer = nullptr;
    ScreenSize size;
    Time pathless_since = kNever;
    std::optional<session::Sizing> told{};
  };

  bool may(const Wish& wish) const;
  bool counts(Time now, const Wish& wish) const;
  Wish* decider(Time now);
  void change(Time now, ScreenSize size);
  session::Sizing place_of(const Wish& wish, const Wish* first) const;
  void tell(Time now, const Wish* first);

  SizeConfig config_;
  ScreenSizer* sizer_;
  std::vector<Wish> wishes_;                     // in the order in which they were first told
  std::optional<ScreenSize> asked_;              // of the sizer, since it was last restored
  std::optional<session::Sizing::Why> refusal_;  // of that
  Time not_before_{};                            // the next change
  Time next_ = kNever;
};

}  // namespace godesk::host
