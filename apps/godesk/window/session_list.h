// Who is connected to this computer, each with a button that ends the session.
#pragma once

#include <QLabel>
#include <QVBoxLayout>
#include <QWidget>
#include <map>

namespace godesk::app {

class SessionList final : public QWidget {
  Q_OBJECT
 public:
  explicit SessionList(QWidget* parent = nullptr);

  void add(quint32 number, const QString& peer);
  void remove(quint32 number);
  void clear();

 signals:
  void end_wanted(quint32 number);

 private:
  void show_count();

  QLabel* title_;
  QVBoxLayout* rows_;
  std::map<quint32, QWidget*> sessions_;
};

}  // namespace godesk::app
