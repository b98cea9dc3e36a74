#!/usr/bin/env bash
#
# What `npm test` runs: sees to it that there is a database to test against and an ffmpeg to convert audio with, then runs
# vitest with whatever arguments it was given. The database is a throwaway MariaDB that the test run starts itself, or a
# throwaway MySQL where TEST_MYSQLD names the program of its server, or the server that TEST_MYSQL_URL names, whose user
# must be allowed to create databases and users. Where there is nothing but the last, tests that pause and kill a server
# are left out.

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PWD/node_modules/.bin:$PATH:/usr/local/sbin:/usr/sbin

# The programs alone: these packages bring no service that would start. mariadb-install-db needs the second one.
mariadb_packages=(mariadb-server-core mariadb-client-core)
missing=()

mariadb_is_installed() {
  command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null
}

ffmpeg_is_installed() {
  command -v ffmpeg >/dev/null
}

can_install() {
  [[ $(id -u) == 0 && -e /etc/debian_version ]] && command -v apt-get >/dev/null
}

look_for_programs() {
  missing=()
  if [[ -z ${TEST_MYSQL_URL:-}${TEST_MYSQLD:-} ]] && ! mariadb_is_installed; then missing+=("${mariadb_packages[@]}"); fi
  if ! ffmpeg_is_installed; then missing+=(ffmpeg); fi
}

install_missing() {
  printf 'Installing %s for the tests.\n' "${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || return
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "${missing[@]}" >/dev/null || return
  look_for_programs
  [[ ${#missing[@]} == 0 ]]
}

explain() {
  cat >&2 <<TEXT
The tests need MariaDB, as programs that they start themselves, without root and on a folder of their own, and ffmpeg:

  Debian, Ubuntu  sudo apt-get install ${mariadb_packages[*]} ffmpeg
  Fedora          sudo dnf install mariadb-server ffmpeg-free
  macOS           brew install mariadb ffmpeg

In place of MariaDB, name the server program of a MySQL 8.0.30 or later, or a MySQL or MariaDB server whose user may
create databases and users (the tests that pause and kill a server are left out then):

  TEST_MYSQLD=\$(command -v mysqld) npm test
  TEST_MYSQL_URL=mysql://user:password@127.0.0.1:3306/mysql npm test
TEXT
  exit 1
}

look_for_programs
if ((${#missing[@]} > 0)); then
  can_install || explain
  install_missing || explain
fi

command -v vitest >/dev/null || {
  printf 'The dependencies are missing: run npm ci first.\n' >&2
  exit 1
}

exec vitest run "$@"
