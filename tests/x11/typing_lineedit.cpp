// A Qt line edit; each line that is ended with Return is appended to the file named by the first argument.
#include <QApplication>
#include <QFile>
#include <QLineEdit>

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QFile file(QString::fromLocal8Bit(argv[1]));
  QLineEdit edit;
  edit.setGeometry(0, 0, 600, 60);
  QObject::connect(&edit, &QLineEdit::returnPressed, [&] {
    file.write((edit.text() + '\n').toUtf8());
    file.flush();
    edit.clear();
  });
  edit.show();
  edit.activateWindow();
  edit.setFocus();
  return file.open(QIODevice::WriteOnly) ? app.exec() : 1;
}
