#include "window/screen_view.h"

#include <QApplication>
#include <QImage>
#include <QInputMethodEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include <gtest/gtest.h>

namespace godesk::app {
namespace {

/// No two neighbours alike, nor two rows.
media::Frame picture(int width, int height, std::uint32_t salt = 0) {
  media::Frame frame(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      *frame.at(x, y) = (static_cast<std::uint32_t>(x * 2654435761u + y * 40503u) ^ salt) & 0xffffff;
    }
  }
  return frame;
}

bool equal(const QImage& image, const media::Frame& frame) {
  if (image.width() != frame.width() || image.height() != frame.height()) return false;
  const QImage rgb = image.convertToFormat(QImage::Format_RGB32);
  for (int y = 0; y < frame.height(); ++y) {
    for (int x = 0; x < frame.width(); ++x) {
      if ((rgb.pixel(x, y) & 0xffffff) != *frame.view().at(x, y)) return false;
    }
  }
  return true;
}

class ScreenViewTest : public testing::Test {
 protected:
  ScreenViewTest() {
    QObject::connect(&view, &ScreenView::input, [this](const session::Input& i) { inputs.push_back(i); });
    QObject::connect(&view, &ScreenView::pointer_moved, [this](QPoint at) { moves.push_back(at); });
    QObject::connect(&view, &ScreenView::full_screen_wanted, [this] { ++toggles; });
  }
  void show(const media::Frame& frame, QSize size) {
    view.resize(size);
    view.show();
    surface.on_screen(frame.view(), frame.view().bounds(), true);
    QApplication::processEvents();
  }
  void mouse(QEvent::Type type, QPointF at, Qt::MouseButton button) {
    QMouseEvent event(type, at, at, button, button, Qt::NoModifier);
    QApplication::sendEvent(&view, &event);
  }
  /// The mouse, by its key. Where the view's middle is on the display.
  QPoint hold_or_let_go() {
    key(QEvent::KeyPress, Qt::Key_M, Qt::ControlModifier | Qt::AltModifier | Qt::ShiftModifier);
    inputs.clear();
    return view.mapToGlobal(view.rect().center());
  }
  void move_held(QPoint global) {
    QMouseEvent moved(QEvent::MouseMove, QPointF(0, 0), global, Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(&view, &moved);
  }
  void wheel(QPoint turn, Qt::KeyboardModifiers modifiers = {}) {
    QWheelEvent event(QPointF(3, 4), QPointF(3, 4), QPoint(), turn, Qt::NoButton, modifiers,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(&view, &event);
  }
  bool key(QEvent::Type type, int which, Qt::KeyboardModifiers modifiers = {}, const QString& text = {}) {
    QKeyEvent event(type, which, modifiers, text);
    QApplication::sendEvent(&view, &event);
    return event.isAccepted();
  }
  template <class T>
  const T& only() {
    EXPECT_EQ(inputs.size(), 1u);
    return std::get<T>(inputs.at(0));
  }

  WindowSurface surface;
  ScreenView view{surface};
  std::vector<session::Input> inputs;
  std::vector<QPoint> moves;
  int toggles = 0;
};

TEST_F(ScreenViewTest, AtEqualSizesItPaintsThePixelsThemselves) {
  const auto frame = picture(160, 90);
  show(frame, {160, 90});
  EXPECT_TRUE(equal(view.grab().toImage(), frame));
}

TEST_F(ScreenViewTest, AHeldMouseTellsHowFarItWasMoved) {
  show(picture(160, 90), {160, 90});
  const QPoint middle = hold_or_let_go();
  move_held(middle + QPoint(-7, 3));
  mouse(QEvent::MouseButtonPress, {1, 1}, Qt::LeftButton);
  wheel({0, 120});
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_TRUE(moves.empty());
  EXPECT_EQ(std::get<session::Motion>(inputs[0]).dx, -7);
  EXPECT_EQ(std::get<session::Motion>(inputs[0]).dy, 3);
  EXPECT_TRUE(std::get<session::Button>(inputs[1]).here);
  EXPECT_TRUE(std::get<session::Wheel>(inputs[2]).here);

  hold_or_let_go();
  mouse(QEvent::MouseButtonRelease, {1, 1}, Qt::LeftButton);
  EXPECT_FALSE(only<session::Button>().here);
}

TEST_F(ScreenViewTest, OfAHeldMouseEachMoveCountsOnce) {
  show(picture(320, 240), {320, 240});
  const QPoint middle = hold_or_let_go();
  move_held(middle);                     // put back there
  move_held(middle + QPoint(40, 0));     // not far enough to be put back again
  move_held(middle + QPoint(100, 0));    // is put back, but
  move_held(middle + QPoint(120, -10));  // was moved on before that
  move_held(middle + QPoint(3, 2));
  move_held(middle + QPoint(1, 2));
  std::vector<std::pair<int, int>> told;
  for (const auto& input : inputs) {
    const auto& motion = std::get<session::Motion>(input);
    told.emplace_back(motion.dx, motion.dy);
  }
  EXPECT_EQ(told, (std::vector<std::pair<int, int>>{{40, 0}, {60, 0}, {20, -10}, {3, 2}, {-2, 0}}));
}

TEST_F(ScreenViewTest, OnlyWhatChangedIsCopied) {
  const auto first = picture(160, 90), second = picture(160, 90, 0xffffff);
  show(first, {160, 90});
  surface.on_screen(second.view(), media::Rect{10, 20, 30, 40}, false);
  QApplication::processEvents();
  const QImage seen = view.grab().toImage().convertToFormat(QImage::Format_RGB32);
  for (int y = 0; y < 90; ++y) {
    for (int x = 0; x < 160; ++x) {
      const bool inside = x >= 10 && x < 40 && y >= 20 && y < 60;
      ASSERT_EQ(seen.pixel(x, y) & 0xffffff, *(inside ? second : first).view().at(x, y)) << x << "," << y;
    }
  }
}

TEST_F(ScreenViewTest, ALargerScreenTakesThePlaceOfASmallerOne) {
  show(picture(160, 90), {320, 200});
  const auto large = picture(320, 200);
  surface.on_screen(large.view(), large.view().bounds(), true);
  QApplication::processEvents();
  EXPECT_TRUE(equal(view.grab().toImage(), large));
  EXPECT_EQ(view.sizeHint(), QSize(320, 200));
}

TEST_F(ScreenViewTest, ASmallScreenIsCentred) {
  const auto frame = picture(160, 90);
  show(frame, {200, 100});
  EXPECT_TRUE(equal(view.grab().toImage().copy(20, 5, 160, 90), frame));
}

TEST_F(ScreenViewTest, ALargeScreenIsShownWhole) {
  media::Frame frame(400, 200);
  for (int y = 0; y < 200; ++y) {
    for (int x = 200; x < 400; ++x) *frame.at(x, y) = 0xff0000;
  }
  show(frame, {200, 200});
  const QImage seen = view.grab().toImage();
  EXPECT_EQ(seen.pixel(50, 100) & 0xffffff, 0u);
  EXPECT_EQ(seen.pixel(150, 100) & 0xffffff, 0xff0000u);
  EXPECT_EQ(seen.pixel(150, 20), seen.pixel(50, 20)) << "beside the screen";
}

TEST_F(ScreenViewTest, ButtonsCarryThePixelUnderThePointer) {
  show(picture(320, 200), {160, 100});
  const struct {
    Qt::MouseButton button;
    int number;
  } table[] = {{Qt::LeftButton, 1},
               {Qt::MiddleButton, 2},
               {Qt::RightButton, 3},
               {Qt::BackButton, 8},
               {Qt::ForwardButton, 9}};
  for (const auto& row : table) {
    inputs.clear();
    mouse(QEvent::MouseButtonPress, {40, 30}, row.button);
    const auto& button = only<session::Button>();
    EXPECT_EQ(button.number, row.number);
    EXPECT_TRUE(button.down);
    EXPECT_EQ(QPoint(button.x, button.y), QPoint(80, 60));
  }
  inputs.clear();
  mouse(QEvent::MouseButtonRelease, {40, 30}, Qt::LeftButton);
  EXPECT_FALSE(only<session::Button>().down);
  inputs.clear();
  mouse(QEvent::MouseButtonPress, {40, 30}, Qt::ExtraButton5);
  EXPECT_TRUE(inputs.empty());
}

TEST_F(ScreenViewTest, ADoubleClickIsASecondPress) {
  show(picture(160, 90), {160, 90});
  mouse(QEvent::MouseButtonDblClick, {1, 2}, Qt::LeftButton);
  EXPECT_TRUE(only<session::Button>().down);
}

TEST_F(ScreenViewTest, MovesAreTheScreensPixels) {
  show(picture(160, 90), {160, 90});
  mouse(QEvent::MouseMove, {12, 34}, Qt::NoButton);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0], QPoint(12, 34));
}

TEST_F(ScreenViewTest, TheWheelCountsRightAndDown) {
  show(picture(160, 90), {160, 90});
  wheel({0, -120});
  EXPECT_EQ(only<session::Wheel>().dy, 120);
  inputs.clear();
  wheel({0, 15});
  EXPECT_EQ(only<session::Wheel>().dy, -15) << "high resolution";
  inputs.clear();
  wheel({-120, 0});
  EXPECT_EQ(only<session::Wheel>().dx, 120);
  inputs.clear();
  wheel({-120, 0}, Qt::AltModifier);  // what Qt makes of a turn down with Alt
  EXPECT_EQ(only<session::Wheel>().dy, 120);
  EXPECT_EQ(only<session::Wheel>().dx, 0);
}

TEST_F(ScreenViewTest, EveryKeyIsTheOtherComputers) {
  show(picture(160, 90), {160, 90});
  EXPECT_TRUE(key(QEvent::ShortcutOverride, Qt::Key_W, Qt::ControlModifier));
  for (int which : {Qt::Key_Tab, Qt::Key_Backtab, Qt::Key_Escape, Qt::Key_F4, Qt::Key_F11, Qt::Key_Alt}) {
    inputs.clear();
    key(QEvent::KeyPress, which);
    EXPECT_TRUE(only<session::Key>().down) << which;
  }
}

TEST_F(ScreenViewTest, OneKeyIsOurs) {
  show(picture(160, 90), {160, 90});
  key(QEvent::KeyPress, Qt::Key_Control);
  inputs.clear();
  key(QEvent::KeyPress, Qt::Key_F, Qt::ControlModifier | Qt::AltModifier | Qt::ShiftModifier);
  EXPECT_EQ(toggles, 1);
  only<session::ReleaseAll>();
  inputs.clear();
  key(QEvent::KeyRelease, Qt::Key_Control);
  EXPECT_TRUE(inputs.empty()) << "released already";
}

TEST_F(ScreenViewTest, WithoutTheFocusNothingStaysPressed) {
  show(picture(160, 90), {160, 90});
  key(QEvent::KeyPress, Qt::Key_A, {}, "a");
  inputs.clear();
  QFocusEvent lost(QEvent::FocusOut);
  QApplication::sendEvent(&view, &lost);
  only<session::ReleaseAll>();
}

TEST_F(ScreenViewTest, ComposedTextArrivesAsCharacters) {
  QInputMethodEvent event;
  event.setCommitString(QString::fromUtf8("é"));
  QApplication::sendEvent(&view, &event);
  EXPECT_EQ(only<session::Character>().code_point, U'é');
  EXPECT_TRUE(view.inputMethodQuery(Qt::ImEnabled).toBool());
}

TEST_F(ScreenViewTest, ThePointerHasTheHostsShape) {
  show(picture(160, 90), {160, 90});
  media::CursorShape shape;
  shape.width = shape.height = 8;
  shape.hot_spot = {2, 3};
  shape.bgra.assign(8 * 8 * 4, 0xff);
  surface.on_cursor(shape);
  EXPECT_EQ(view.cursor().hotSpot(), QPoint(2, 3));
  EXPECT_EQ(view.cursor().pixmap().size(), QSize(8, 8));
  surface.on_cursor({});
  EXPECT_EQ(view.cursor().shape(), Qt::BlankCursor);
}

TEST_F(ScreenViewTest, ThePointerIsDrawnOnlyWhereTheHostMovesItItself) {
  const auto frame = picture(160, 90);
  show(frame, {160, 90});
  media::CursorShape shape;
  shape.width = shape.height = 8;
  shape.bgra.assign(8 * 8 * 4, 0xff);
  surface.on_cursor(shape);
  EXPECT_TRUE(equal(view.grab().toImage(), frame));
  surface.on_cursor_moved({50, 40});
  EXPECT_EQ(view.grab().toImage().pixel(51, 41) & 0xffffff, 0xffffffu);
  mouse(QEvent::MouseMove, {12, 34}, Qt::NoButton);
  surface.on_cursor_moved({12, 34});
  EXPECT_TRUE(equal(view.grab().toImage(), frame)) << "it follows ours";
}

TEST_F(ScreenViewTest, APartIsAScreenOfItsOwn) {
  const auto frame = picture(160, 90);
  media::Frame right(60, 50);
  for (int y = 0; y < 50; ++y)
    for (int x = 0; x < 60; ++x) *right.at(x, y) = *frame.view().at(100 + x, 30 + y);
  view.set_part({100, 30, 60, 50});
  show(frame, {60, 50});
  EXPECT_EQ(view.sizeHint(), QSize(60, 50));
  EXPECT_TRUE(equal(view.grab().toImage(), right));
  mouse(QEvent::MouseMove, {12, 34}, Qt::NoButton);
  mouse(QEvent::MouseButtonPress, {59, 49}, Qt::LeftButton);
  EXPECT_EQ(moves.back(), QPoint(112, 64));
  EXPECT_EQ(only<session::Button>().x, 159);
  EXPECT_EQ(only<session::Button>().y, 79);
  ScreenView whole(surface);
  whole.resize(160, 90);
  whole.show();
  const auto next = picture(160, 90, 77);
  surface.on_screen(next.view(), next.view().bounds(), false);
  QApplication::processEvents();
  EXPECT_TRUE(equal(whole.grab().toImage(), next)) << "each has its own share of the changes";
  *right.at(3, 4) = 0;
  EXPECT_FALSE(equal(view.grab().toImage(), right));
}

TEST(WindowSurface, ChangesAreToldOnceUntilTheyAreTaken) {
  WindowSurface surface;
  int told = 0, reader = 0;
  surface.join(&reader);
  QObject::connect(&surface, &WindowSurface::changed, [&] { ++told; });
  const auto frame = picture(160, 90);
  surface.on_screen(frame.view(), frame.view().bounds(), true);
  surface.on_screen(frame.view(), media::Rect{1, 1, 2, 2}, false);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(surface.take_changes(&reader).boundingRect(), QRect(0, 0, 160, 90));
  EXPECT_TRUE(surface.take_changes(&reader).isEmpty());
  surface.on_screen(frame.view(), media::Rect{1, 1, 2, 2}, false);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(surface.take_changes(&reader).boundingRect(), QRect(1, 1, 2, 2));
}

TEST(WindowSurface, WhoHasTakenIsToldThoughOthersHaveNot) {
  WindowSurface surface;
  int told = 0, quick = 0, slow = 0;
  surface.join(&quick);
  surface.join(&slow);
  QObject::connect(&surface, &WindowSurface::changed, [&] { ++told; });
  const auto frame = picture(160, 90);
  surface.on_screen(frame.view(), frame.view().bounds(), true);
  surface.take_changes(&quick);
  surface.on_screen(frame.view(), media::Rect{1, 1, 2, 2}, false);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(surface.take_changes(&quick).boundingRect(), QRect(1, 1, 2, 2));
  EXPECT_EQ(surface.take_changes(&slow).boundingRect(), QRect(0, 0, 160, 90));
}

}  // namespace
}  // namespace godesk::app
