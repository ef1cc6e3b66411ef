// For tests: a desktop's clipboard with one program that copies and pastes.
#pragma once

#include <deque>
#include <map>

#include "base/queue.h"
#include "session/desk_clipboard.h"

namespace godesk::session {

class TestDesk final : public DeskClipboard {
 public:
  int fd() const override { return -1; }
  void work(Time) override {}
  Time next_deadline() const override { return kNever; }
  std::optional<DeskEvent> next_event() override { return pop(events_); }
  void hold(Time, const ClipboardFormats& formats) override {
    held = formats;
    if (!formats.empty()) copied_.clear();
  }
  std::uint32_t read(Time, ClipboardKind kind) override {
    ++reads;
    const auto found = copied_.find(kind);
    events_.push_back(
        DeskRead{++last_, found == copied_.end() ? std::nullopt : std::optional(found->second)});
    return last_;
  }
  void answer(Time, std::uint32_t paste, const Buffer* content) override {
    answers[paste] = content ? std::optional(*content) : std::nullopt;
  }

  // ---- the program
  void copy(std::map<ClipboardKind, Buffer> contents) {
    copied_ = std::move(contents);
    held.clear();
    DeskCopied copied;
    for (const auto& [kind, content] : copied_) copied.formats.push_back({kind});
    events_.push_back(std::move(copied));
  }
  std::uint32_t paste(ClipboardKind kind) {
    events_.push_back(DeskPasted{++last_, kind});
    return last_;
  }
  bool holds(ClipboardKind kind) const {
    for (const auto& format : held)
      if (format.kind == kind) return true;
    return false;
  }

  ClipboardFormats held;
  int reads = 0;
  std::map<std::uint32_t, std::optional<Buffer>> answers;

 private:
  std::uint32_t last_ = 0;
  std::map<ClipboardKind, Buffer> copied_;
  std::deque<DeskEvent> events_;
};

}  // namespace godesk::session
