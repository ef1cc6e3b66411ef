#include "host/size_feed.h"

#include <algorithm>

namespace godesk::host {

using session::Sizing;

void SizeFeed::want(session::Session& viewer, const session::SizeWanted& size) {
  if (size == session::SizeWanted{}) return remove(viewer);
  const auto same = [&viewer](const Wish& wish) { return wish.viewer == &viewer; };
  auto it = std::find_if(wishes_.begin(), wishes_.end(), same);
  if (it == wishes_.end()) it = wishes_.insert(it, Wish{&viewer, {}});
  it->size = {size.width, size.height};
}

void SizeFeed::remove(session::Session& viewer) {
  std::erase_if(wishes_, [&viewer](const Wish& wish) { return wish.viewer == &viewer; });
}

void SizeFeed::set_pathless(Time now, const session::Session& viewer, bool pathless) {
  for (Wish& wish : wishes_) {
    if (wish.viewer != &viewer) continue;
    wish.pathless_since = pathless ? std::min(wish.pathless_since, now) : kNever;
  }
}

void SizeFeed::work(Time now) {
  next_ = kNever;
  const Wish* first = decider(now);
  if (sizer_ && first && asked_ != first->size) {
    if (now >= not_before_) {
      change(now, first->size);
    } else {
      next_ = not_before_;
    }
  } else if (sizer_ && !first && asked_) {
    sizer_->restore();
    asked_.reset();
    not_before_ = now + config_.pace;
  }
  for (const Wish& wish : wishes_)
    if (wish.pathless_since != kNever && counts(now, wish))
      next_ = std::min(next_, wish.pathless_since + config_.patience);
  tell(now, first);
}

bool SizeFeed::may(const Wish& wish) const {
  const auto has = wish.viewer->permissions();
  return has.has(session::Permission::resize) || (config_.for_viewers && has.has(session::Permission::input));
}

bool SizeFeed::counts(Time now, const Wish& wish) const {
  const bool here = wish.pathless_since == kNever || now < wish.pathless_since + config_.patience;
  return here && may(wish);
}

SizeFeed::Wish* SizeFeed::decider(Time now) {
  const auto it =
      std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) { return counts(now, wish); });
  return it == wishes_.end() ? nullptr : &*it;
}

void SizeFeed::change(Time now, ScreenSize size) {
  const auto result = sizer_->set(size);
  refusal_ = result ? std::nullopt : std::optional(result.reason());
  asked_ = size;
  not_before_ = now + config_.pace;
}

Sizing SizeFeed::place_of(const Wish& wish, const Wish* first) const {
  if (!sizer_ || !may(wish)) return {Sizing::State::refused, Sizing::Why::not_allowed};
  if (refusal_ && asked_) return {Sizing::State::refused, *refusal_};
  return {&wish == first ? Sizing::State::decides : Sizing::State::follows, Sizing::Why::nothing};
}

void SizeFeed::tell(Time now, const Wish* first) {
  for (Wish& wish : wishes_) {
    const Sizing place = place_of(wish, first);
    if (wish.told == place) continue;
    wish.told = place;
    wish.viewer->send_sizing(now, place);
  }
}

}  // namespace godesk::host
