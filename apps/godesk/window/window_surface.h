// The remote screen as the window paints it: written by the network thread, painted by Qt's.
//
//   1. on_screen() copies what changed into an image of our own and tells changed(), once until it was taken.
//   2. Each widget that shows some of it (join()) calls take_changes(), asks Qt for a repaint there, and
//      paints from the image under the lock. painted() then says that it is on the display.
//
// It never holds the network thread longer than a paint takes, and never queues pictures: the image is the
// newest state.
#pragma once

#include <QImage>
#include <QObject>
#include <QPainter>
#include <QRegion>
#include <map>
#include <mutex>

#include "viewer/surface.h"

namespace godesk::app {

class WindowSurface final : public QObject, public viewer::Surface {
  Q_OBJECT
 public:
  QSize size() const;
  /// From now until leave() changes are kept for `reader`.
  void join(const void* reader);
  void leave(const void* reader);
  /// What changed since the reader's last call.
  QRegion take_changes(const void* reader);
  /// Paints of the screen's part `part` what lies in `clip` when the part lies in `area` (painter's pixels).
  /// `smooth`: neighbours are mixed where it is not 1:1.
  void paint(QPainter& painter, const QRect& part, const QRect& area, const QRect& clip, bool smooth) const;

  /// What was told until now is on the display.
  void painted();

  void on_screen(const media::FrameView& screen, const media::Region& changed, bool resized) override;
  void on_cursor(const media::CursorShape& shape) override;
  void on_cursor_moved(media::Point at) override;
  std::optional<Duration> take_paint_time() override;
  Duration last_paint_time() const override;

 signals:
  void changed();
  /// A null image: no pointer is shown.
  void cursor_changed(const QImage& shape, QPoint hot_spot);
  void cursor_moved(QPoint at);

 private:
  void copy(const media::FrameView& screen, const media::Rect& rect);
  bool all_wait() const;
  bool all_taken() const;

  mutable std::mutex mutex_;
  QImage image_;
  std::map<const void*, QRegion> changes_;  // that each reader has not taken
  std::optional<Time> waits_since_;         // the oldest change that is not on the display
  Duration painting_{};                     // summed, of so many paints
  std::int64_t paints_ = 0;
  Duration last_paint_{};
};

}  // namespace godesk::app
