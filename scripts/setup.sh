#!/usr/bin/env bash
# Makes .venv with everything CIRRUS needs. Says what it does; does nothing when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

# Qt needs the first eleven (offscreen and on a real screen), the tests the rest.
SYSTEM_PACKAGES=(libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0
  libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0
  fonts-dejavu-core xvfb xauth)

say() { printf '==> %s\n' "$*"; }

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "CIRRUS needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3." >&2
  exit 1
}

missing_packages() {
  for package in "${SYSTEM_PACKAGES[@]}"; do
    # Debian 13 and Ubuntu 24.04 renamed some libraries with the suffix t64.
    # dpkg-query fails when either name is unknown: only what it prints counts.
    local status
    status=$(dpkg-query -W -f='${Status}\n' "$package" "${package}t64" 2>/dev/null || true)
    [[ "$status" == *"install ok installed"* ]] || echo "$package"
  done
  # A bare Debian Python cannot make environments.
  "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "python3-venv"
}

install_system_packages() {
  command -v dpkg-query >/dev/null 2>&1 || { say "No dpkg here: please install the libraries Qt 6 needs yourself."; return; }
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] && return
  if [ "$(id -u)" -eq 0 ]; then
    say "Installing system packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "These system packages are missing. Please run this line, then make again:"
    echo "    sudo apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  fi
}

install_python_packages() {
  local stamp
  stamp=".venv/.installed-$(cat pyproject.toml scripts/setup.sh | sha256sum | cut -c1-16)"
  [ -e "$stamp" ] && return
  if [ ! -x .venv/bin/python ]; then
    say "Creating .venv with $("$python" --version)"
    "$python" -m venv .venv
  fi
  say "Installing Python packages into .venv (about 2 GB, one to three minutes the first time)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
  rm -f .venv/.installed-*
  touch "$stamp"
  say "Ready: $(.venv/bin/cirrus --version)"
}

python=$(find_python)
install_system_packages
install_python_packages
