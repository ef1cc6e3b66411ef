// Asio's own code, compiled once. Beast's, with TLS and WebSocket, is in websocket.cpp.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
