# Debian packages by purpose. Debian 12 and 13; only what is missing is installed, nothing is removed.

release_of_debian() { . /etc/os-release && echo "${VERSION_ID:-0}"; }

packages_for() {
  case "$1" in
    build)
      [ "$(release_of_debian)" -ge 13 ] && echo libboost-dev || echo libboost1.81-dev
      echo ca-certificates ccache cmake ninja-build g++ pkg-config protobuf-compiler libprotobuf-dev libssl-dev \
        libngtcp2-dev libngtcp2-crypto-gnutls-dev libgnutls28-dev libsqlite3-dev libzstd-dev libturbojpeg0-dev libvpx-dev libyuv-dev libopus-dev libpulse-dev qt6-base-dev \
        libx11-dev libxext-dev libxdamage-dev libxfixes-dev libxrandr-dev libxtst-dev libxkbfile-dev libcli11-dev \
        libtomlplusplus-dev libspdlog-dev nlohmann-json3-dev libqrencode-dev libgtest-dev libgmock-dev libbenchmark-dev libnice-dev python3
      ;;
    gpl-x264) echo libx264-dev libopenh264-dev ;;
    run) echo xvfb xauth xterm x11-utils x11-xserver-utils x11-xkb-utils xkb-data fonts-dejavu-core ;;
    test) echo pulseaudio pulseaudio-utils coturn tshark tcpdump iproute2 iputils-ping nftables openssl python3-pil imagemagick xdotool procps \
      tayga tinyproxy squid tigervnc-standalone-server ;;
    lint) [ "$(release_of_debian)" -ge 13 ] && echo binutils || echo binutils clang-format-14 ;;
    peers) echo tigervnc-standalone-server tigervnc-viewer x11vnc ;;
    fuzz) echo clang libclang-rt-dev llvm ;;
  esac
}

# install_packages PURPOSE...
install_packages() {
  local missing=() package
  for package in $(for purpose in "$@"; do packages_for "$purpose"; done); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if dpkg-query -W -f '${Status}' libboost1.74-dev 2>/dev/null | grep -q 'install ok installed'; then
    echo "libboost1.74-dev is installed and conflicts with libboost1.81-dev, which GoDesk needs: remove it first." >&2
    return 2
  fi
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  echo "Installing: ${missing[*]}"
  # One pause and a second try: mirrors stumble.
  "${root[@]}" apt-get update -qq || "${root[@]}" apt-get update -qq
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}")
  "${root[@]}" "${install[@]}" >/dev/null || "${root[@]}" "${install[@]}"
  # The laboratory starts its own; what Debian starts at once would listen on this machine for nobody.
  [ -d /run/systemd/system ] || return 0
  for package in "${missing[@]}"; do
    case "$package" in
      squid | tinyproxy | tayga) "${root[@]}" systemctl disable --quiet --now "$package" || true ;;
    esac
  done
}
