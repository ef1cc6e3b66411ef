#include "window/screen_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace godesk::app {
namespace {

constexpr int kMaxWheel = 120 * 100;  // what the host takes at once
constexpr int kOwnMovesMs = 1000;     // for so long the host's pointer merely follows ours
constexpr int kPointerShownMs = 2000;
const QColor kBeside(0x30, 0x30, 0x30);

std::uint8_t number_of(Qt::MouseButton button) {
  switch (button) {
    case Qt::LeftButton:
      return 1;
    case Qt::MiddleButton:
      return 2;
    case Qt::RightButton:
      return 3;
    case Qt::BackButton:
      return 8;
    case Qt::ForwardButton:
      return 9;
    default:
      return 0;
  }
}

bool is_our_key(const QKeyEvent& event, Qt::Key key) {
  constexpr auto all = Qt::ControlModifier | Qt::AltModifier | Qt::ShiftModifier;
  return event.key() == key && (event.modifiers() & all) == all;
}

std::uint16_t coordinate(int value) { return static_cast<std::uint16_t>(value); }

/// Qt counts to the left and up, and turns the wheel by a quarter while Alt is down; Alt is the host's
/// matter.
session::Wheel wheel_of(const QWheelEvent& event, QPoint at, bool here) {
  QPoint turn = event.angleDelta();
  if (event.modifiers() & Qt::AltModifier) turn = turn.transposed();
  const auto bounded = [](int v) { return static_cast<std::int16_t>(std::clamp(v, -kMaxWheel, kMaxWheel)); };
  return {bounded(-turn.x()), bounded(-turn.y()), coordinate(at.x()), coordinate(at.y()), here};
}

}  // namespace

ScreenView::ScreenView(WindowSurface& surface, QWidget* parent) : QWidget(parent), surface_(surface) {
  surface_.join(this);
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAttribute(Qt::WA_InputMethodEnabled);
  setInputMethodHints(Qt::ImhNoPredictiveText | Qt::ImhSensitiveData);
  pointer_shown_.setSingleShot(true);
  own_moves_.setSingleShot(true);
  connect(&pointer_shown_, &QTimer::timeout, this, [this] { show_pointer_at(std::nullopt); });
  connect(&surface_, &WindowSurface::changed, this, &ScreenView::on_changes);
  connect(&surface_, &WindowSurface::cursor_changed, this, &ScreenView::on_cursor);
  connect(&surface_, &WindowSurface::cursor_moved, this, &ScreenView::on_cursor_moved);
}

ScreenView::~ScreenView() { surface_.leave(this); }

void ScreenView::set_part(const QRect& part) {
  part_ = part;
  updateGeometry();
  update();
}

QRect ScreenView::part() const {
  const QRect whole({}, surface_.size());
  return part_.isEmpty() ? whole : part_ & whole;
}

void ScreenView::set_enlarging(bool on) {
  enlarging_ = on;
  update();
}

void ScreenView::set_scaling(Scaling scaling) {
  scaling_ = scaling;
  update();
}

void ScreenView::set_smooth(bool on) {
  smooth_ = on;
  update();
}

QSize ScreenView::sizeHint() const {
  const QSize screen = part().size();
  return screen.isEmpty() ? QSize(640, 400) : screen / devicePixelRatioF();
}

QSize ScreenView::device_size() const {
  return {static_cast<int>(std::lround(width() * devicePixelRatioF())),
          static_cast<int>(std::lround(height() * devicePixelRatioF()))};
}

ScreenFit ScreenView::fit() const {
  const bool grows = enlarging_ && scaling_ == Scaling::shrink;
  return {part().size(), device_size(), grows ? Scaling::fit : scaling_, seen_};
}

void ScreenView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  emit resized();
}

QRect ScreenView::to_widget(const QRect& device) const {
  const double ratio = devicePixelRatioF();
  return QRectF(device.x() / ratio, device.y() / ratio, device.width() / ratio, device.height() / ratio)
      .toAlignedRect();
}

/// What is dragged out of this window into that of another monitor is dragged there.
const ScreenView* ScreenView::other_under(QPointF at) const {
  if (rect().contains(at.toPoint())) return nullptr;
  const auto* view = qobject_cast<ScreenView*>(QApplication::widgetAt(mapToGlobal(at.toPoint())));
  return view && view != this && &view->surface_ == &surface_ ? view : nullptr;
}

QPoint ScreenView::screen_point(QPointF at) const {
  if (const ScreenView* other = other_under(at))
    return other->screen_point(other->mapFromGlobal(mapToGlobal(at)));
  return fit().to_screen(at * devicePixelRatioF()) + part().topLeft();
}

// ---- picture

void ScreenView::on_changes() {
  const ScreenFit now = fit();
  const QRect seen = part();
  const QRegion changes = surface_.take_changes(this) & seen;
  if (changes.boundingRect() == seen) return update();
  for (const QRect& rect : changes) update(to_widget(now.to_view(rect.translated(-seen.topLeft()))));
}

void ScreenView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const double ratio = devicePixelRatioF();
  painter.scale(1 / ratio, 1 / ratio);
  const QRect area = fit().area();
  for (const QRect& rect : event->region()) {
    const QRect device =
        QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
            .toAlignedRect();
    for (const QRect& beside : QRegion(device) - area) painter.fillRect(beside, kBeside);
    surface_.paint(painter, part(), area, device, smooth_);
  }
  if (pointer_) painter.drawImage(fit().to_view(*pointer_) - hot_spot_, cursor_);
  surface_.painted();
}

void ScreenView::on_cursor(const QImage& shape, QPoint hot_spot) {
  show_pointer_at(std::nullopt);
  cursor_ = shape;
  hot_spot_ = hot_spot;
  if (shape.isNull()) return setCursor(Qt::BlankCursor);
  QPixmap pixmap = QPixmap::fromImage(shape);
  pixmap.setDevicePixelRatio(devicePixelRatioF());
  setCursor(QCursor(pixmap, qRound(hot_spot.x() / devicePixelRatioF()),
                    qRound(hot_spot.y() / devicePixelRatioF())));
}

void ScreenView::on_cursor_moved(QPoint at) {
  if (own_moves_.isActive() || !isVisible() || cursor_.isNull()) return;
  const QRect seen = part();
  if (!seen.contains(at)) return show_pointer_at(std::nullopt);
  show_pointer_at(at - seen.topLeft());
  pointer_shown_.start(kPointerShownMs);
}

void ScreenView::show_pointer_at(std::optional<QPoint> at) {
  if (pointer_) update(pointer_rect());
  pointer_ = at;
  if (pointer_) update(pointer_rect());
}

QRect ScreenView::pointer_rect() const {
  return to_widget(QRect(fit().to_view(*pointer_) - hot_spot_, cursor_.size()));
}

// ---- mouse

void ScreenView::mousePressEvent(QMouseEvent* event) { press_button(*event, true); }

void ScreenView::mouseReleaseEvent(QMouseEvent* event) { press_button(*event, false); }

void ScreenView::press_button(const QMouseEvent& event, bool down) {
  const std::uint8_t number = number_of(event.button());
  if (number == 0) return;
  const QPoint at = screen_point(event.position());
  emit input(session::Button{number, down, coordinate(at.x()), coordinate(at.y()), mouse_held_});
}

void ScreenView::mouseMoveEvent(QMouseEvent* event) {
  if (mouse_held_) return tell_motion(event->globalPosition().toPoint());
  show_pointer_at(std::nullopt);
  own_moves_.start(kOwnMovesMs);
  look_at(event->position());
  emit pointer_moved(screen_point(event->position()));
}

/// Of a screen that is larger than the view another part is seen.
void ScreenView::look_at(QPointF at) {
  const QPoint before = fit().area().topLeft();
  seen_ = {at.x() / std::max(width() - 1, 1), at.y() / std::max(height() - 1, 1)};
  if (fit().area().topLeft() != before) update();
}

void ScreenView::wheelEvent(QWheelEvent* event) {
  const session::Wheel wheel = wheel_of(*event, screen_point(event->position()), mouse_held_);
  if (wheel.dx != 0 || wheel.dy != 0) emit input(wheel);
  event->accept();
}

void ScreenView::hold_mouse(bool on) {
  if (on == mouse_held_) return;
  mouse_held_ = on;
  if (on) {
    grabMouse(Qt::BlankCursor);
    held_at_ = QCursor::pos();
    put_back();
  } else {
    releaseMouse();
  }
  emit mouse_held(on);
}

QPoint ScreenView::middle() const { return mapToGlobal(rect().center()); }

void ScreenView::put_back() {
  put_back_ = true;
  QCursor::setPos(middle());
}

/// The pointer here goes back to the middle before an edge stops it. Moves that were made before that come
/// after it was asked for, and are told from the others by where they are.
void ScreenView::tell_motion(QPoint at) {
  const bool from_middle =
      put_back_ && (at - middle()).manhattanLength() <= (at - held_at_).manhattanLength();
  const QPoint moved = at - (from_middle ? middle() : held_at_);
  if (from_middle) put_back_ = false;
  held_at_ = at;
  if ((at - middle()).manhattanLength() > std::min(width(), height()) / 4) put_back();
  if (moved.isNull()) return;
  emit input(session::Motion{static_cast<std::int16_t>(moved.x()), static_cast<std::int16_t>(moved.y())});
}

// ---- keyboard

void ScreenView::set_keys_by_place(bool on) {
  release_all();
  keys_.set_by_place(on);
}

bool ScreenView::event(QEvent* event) {
  // No shortcut of the window takes a key from the other computer.
  if (event->type() == QEvent::ShortcutOverride) {
    event->accept();
    return true;
  }
  return QWidget::event(event);
}

void ScreenView::keyPressEvent(QKeyEvent* event) {
  const bool full_screen = is_our_key(*event, Qt::Key_F), mouse = is_our_key(*event, Qt::Key_M);
  if (full_screen || mouse) {
    release_all();
    if (full_screen) emit full_screen_wanted();
    if (mouse) hold_mouse(!mouse_held_);
    return;
  }
  if (is_our_key(*event, Qt::Key_S)) {
    release_all();
    emit figures_wanted();
    return;
  }
  if (auto key = keys_.press(*event)) emit input(*key);
}

void ScreenView::keyReleaseEvent(QKeyEvent* event) {
  if (auto key = keys_.release(*event)) emit input(*key);
}

void ScreenView::inputMethodEvent(QInputMethodEvent* event) {
  for (const auto& character : characters_of(event->commitString())) emit input(character);
  event->accept();
}

QVariant ScreenView::inputMethodQuery(Qt::InputMethodQuery query) const {
  if (query == Qt::ImEnabled) return true;
  return QWidget::inputMethodQuery(query);
}

void ScreenView::focusOutEvent(QFocusEvent* event) {
  hold_mouse(false);
  release_all();
  QWidget::focusOutEvent(event);
}

void ScreenView::release_all() {
  keys_.clear();
  emit input(session::ReleaseAll{});
}

}  // namespace godesk::app
