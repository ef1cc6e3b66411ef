#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include "os/clock.h"
#include "window/details_dialog.h"
#include "window/home_window.h"
#include "window/password_dialog.h"

namespace godesk::app {
namespace {

QString all_text(const QWidget& widget) {
  QStringList texts;
  for (const QLabel* label : widget.findChildren<QLabel*>()) {
    if (label->isVisibleTo(&widget)) texts << label->text();
  }
  return texts.join("\n");
}

QPushButton* button(const QWidget& widget, const QString& text) {
  for (QPushButton* each : widget.findChildren<QPushButton*>()) {
    if (each->text().remove('&') == text) return each;
  }
  return nullptr;
}

TEST(PasswordDialog, AsksAndSaysWhyItAsksAgain) {
  PasswordDialog dialog("123 456 789", "The password is wrong.", nullptr);
  EXPECT_TRUE(all_text(dialog).contains("The password is wrong."));
  EXPECT_TRUE(all_text(dialog).contains("123 456 789"));
  auto* field = dialog.findChild<QLineEdit*>();
  EXPECT_EQ(field->echoMode(), QLineEdit::Password);
  ASSERT_TRUE(button(dialog, "Connect"));
  EXPECT_FALSE(button(dialog, "Connect")->isEnabled());
  field->setText(QString::fromUtf8("Größe 1234"));
  EXPECT_TRUE(button(dialog, "Connect")->isEnabled());
  EXPECT_EQ(dialog.password(), "Größe 1234");
}

TEST(DetailsDialog, ShowsPathCipherAndFingerprints) {
  DetailsDialog dialog(nullptr);
  link::PathInfo path;
  path.kind = link::Kind::direct;
  path.local = *Endpoint::parse("192.0.2.1:5");
  path.remote = *Endpoint::parse("192.0.2.9:7");
  path.how = link::How::reflexive;
  dialog.show_path({path, false});
  LoginFacts facts;
  facts.own = "0123 4567";
  facts.host = "89ab cdef";
  facts.tls.version = "TLS1.3";
  facts.tls.cipher = "AES-256-GCM";
  facts.tls.key_exchange = "X25519";
  dialog.show_login(facts);
  for (const char* expected : {"Direct", "192.0.2.1:5", "192.0.2.9:7", "0123 4567", "89ab cdef", "TLS1.3",
                               "AES-256-GCM", "X25519"}) {
    EXPECT_TRUE(all_text(dialog).contains(expected)) << expected;
  }
}

class HomeWindowTest : public testing::Test {
 protected:
  HomeWindowTest() {
    options.common.data_dir = folder.filePath("data").toStdString();
    options.common.config_file = folder.filePath("config.toml").toStdString();
  }
  QTemporaryDir folder;
  Options options;
  EventWriter out{true, os::now()};
  NullLog log;
};

TEST_F(HomeWindowTest, WithoutAServerItAsksForOneAndSaysThatItDoesNotShare) {
  HomeWindow window(options, {}, out, log);
  window.show();
  window.start_hosting();
  EXPECT_TRUE(all_text(window).contains("This computer is not shared."));
  EXPECT_TRUE(all_text(window).contains("Join string"));
}

TEST_F(HomeWindowTest, AnInvalidTargetIsSaidBesideTheField) {
  options.common.server = *rendezvous::Join::parse("id.example.org");
  HomeWindow window(options, {}, out, log);
  window.show();
  EXPECT_FALSE(all_text(window).contains("Join string"));
  window.findChildren<QLineEdit*>().last()->setText("12345");
  button(window, "Connect")->click();
  EXPECT_TRUE(all_text(window).contains("'12345' is neither a 9-digit ID nor an address"));
}

TEST_F(HomeWindowTest, AnInvalidServerIsSaidBesideTheField) {
  HomeWindow window(options, {}, out, log);
  window.show();
  button(window, "Use")->click();
  EXPECT_TRUE(all_text(window).contains("This server is not understood"));
}

TEST(SessionList, ShowsWhoIsConnectedAndEndsThem) {
  SessionList list;
  list.show();
  EXPECT_TRUE(all_text(list).contains("Nobody is connected."));
  list.add(7, "0123 4567");
  QApplication::processEvents();  // new children of a layout are shown in their turn
  EXPECT_TRUE(all_text(list).contains("0123 4567"));
  quint32 ended = 0;
  QObject::connect(&list, &SessionList::end_wanted, [&](quint32 number) { ended = number; });
  button(list, "End")->click();
  EXPECT_EQ(ended, 7u);
  list.remove(7);
  EXPECT_TRUE(all_text(list).contains("Nobody is connected."));
}

}  // namespace
}  // namespace godesk::app
