# Building and running tests; sourced by ./dev and its tasks.

# Objects are the same wherever the checkout lies.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

folder_of() { [ "$1" = release ] && echo build || echo "build-$1"; }

# build_gpl_x264 TARGET...
build_gpl_x264() {
  install_packages build gpl-x264 && build gpl-x264 "$@" &&
    echo "GPL: x264 linked in. What is in build-gpl-x264/ may be passed on under the GNU General Public License only."
}

# build PRESET [TARGET...]
build() {
  local preset="$1"
  shift
  local log
  log="$(mktemp)"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  cmake --build "$(folder_of "$preset")" ${1:+--target "$@"}
}

# run_tests PRESET CTEST_ARGUMENT...
run_tests() {
  local preset="$1"
  shift
  ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 \
    ctest --test-dir "$(folder_of "$preset")" --output-on-failure --no-tests=error "$@"
}

lint() {
  python3 tools/check_rooms.py .
  python3 tools/check_core_symbols.py build
  if command -v clang-format-14 >/dev/null; then
    git ls-files '*.h' '*.cpp' '*.cc' | xargs clang-format-14 --dry-run -Werror
  else
    echo "Formatting is checked on Debian 12 only: clang-format 14 is the judge, and not in this release."
  fi
  echo "lint: clean"
}
