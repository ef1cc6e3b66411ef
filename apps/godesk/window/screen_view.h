// The widget that shows the remote screen, or a part of it, and takes mouse and keyboard for it.
//
// While it has the focus every key is the other computer's, but three: with Ctrl+Alt+Shift, F enters and
// leaves full screen here, S shows and hides the session's figures, and M holds the mouse and lets it go. A
// held mouse tells how far it was moved instead of where it is, for programs there that hold it, too. Nothing
// stays pressed there, and nothing held here, when the focus goes.
#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>

#include "session/messages.h"
#include "window/key_map.h"
#include "window/screen_fit.h"
#include "window/window_surface.h"

namespace godesk::app {

class ScreenView final : public QWidget {
  Q_OBJECT
 public:
  /// The surface must outlive the view.
  explicit ScreenView(WindowSurface& surface, QWidget* parent = nullptr);

  ~ScreenView() override;

  /// What is shown, in the screen's pixels; empty: all of it.
  void set_part(const QRect& part);
  /// Grow small screens to fill the view, too (full screen), where they would only be shrunk.
  void set_enlarging(bool on);
  /// Keys count by their place, not by what they mean here.
  void set_keys_by_place(bool on);
  void hold_mouse(bool on);
  void set_scaling(Scaling scaling);
  /// Whether neighbouring pixels are mixed where the screen is not drawn 1:1.
  void set_smooth(bool on);
  /// In device pixels.
  QSize device_size() const;
  QSize sizeHint() const override;
  QVariant inputMethodQuery(Qt::InputMethodQuery query) const override;

 signals:
  void input(const godesk::session::Input& input);
  void pointer_moved(QPoint at);
  void full_screen_wanted();
  void mouse_held(bool on);
  void figures_wanted();
  void resized();

 protected:
  bool event(QEvent* event) override;
  bool focusNextPrevChild(bool) override { return false; }
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void inputMethodEvent(QInputMethodEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  QRect part() const;
  ScreenFit fit() const;
  QRect to_widget(const QRect& device) const;
  QPoint screen_point(QPointF at) const;
  const ScreenView* other_under(QPointF at) const;
  void on_changes();
  void on_cursor(const QImage& shape, QPoint hot_spot);
  void on_cursor_moved(QPoint at);
  void show_pointer_at(std::optional<QPoint> at);
  QRect pointer_rect() const;
  void look_at(QPointF at);
  void press_button(const QMouseEvent& event, bool down);
  void tell_motion(QPoint at);
  QPoint middle() const;
  void put_back();
  void release_all();

  WindowSurface& surface_;
  QRect part_;
  bool mouse_held_ = false;
  QPoint held_at_;         // where the pointer here was last, while the mouse is held
  bool put_back_ = false;  // to the middle, and nothing from there was heard yet
  bool enlarging_ = false, smooth_ = true;
  Scaling scaling_ = Scaling::shrink;
  QPointF seen_{0.5, 0.5};  // where the pointer is in the view, from 0 to 1
  KeyTracker keys_;
  QImage cursor_;
  QPoint hot_spot_;
  // The host's pointer in our part, drawn for a moment when the host itself moves it; otherwise ours is the
  // pointer.
  std::optional<QPoint> pointer_;
  QTimer pointer_shown_, own_moves_;
};

}  // namespace godesk::app
